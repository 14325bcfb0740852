import { Controller } from '@nestjs/common';
import {
  createdTokenSchema,
  createTokenSchema,
  idSchema,
  pageQuerySchema,
  pageSchema,
  tokenSchema,
  type CreateToken,
} from '@asterism/contracts';
import { From, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { TokensService } from './tokens.service.ts';

const tag = 'tokens';

@Controller()
export class TokensController {
  readonly #tokens: TokensService;

  constructor(tokens: TokensService) {
    this.#tokens = tokens;
  }

  @Permission('tokens.read')
  @Operation({
    route: 'GET /v1/tokens',
    id: 'listTokens',
    tag,
    summary: 'List tokens and sessions',
    description:
      'Newest first, expired and revoked ones included. Secrets are never in it: only their hashes are kept.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(tokenSchema) },
  })
  list(@Query() query: PageQuery) {
    return this.#tokens.list(query);
  }

  @Permission('tokens.write')
  @Operation({
    route: 'POST /v1/tokens',
    id: 'createToken',
    tag,
    summary: 'Create a token',
    description:
      'Its secret is in this answer and never again. A binding gives a role over everything (`clusterId` null) or over ' +
      'one cluster; nobody gives what he does not hold himself.',
    body: createTokenSchema,
    response: { status: 201, description: 'created', schema: createdTokenSchema },
    errors: ['cluster-unknown'],
    idempotent: 'once',
  })
  create(@From() caller: Caller, @Body() body: CreateToken) {
    return this.#tokens.create(caller, body);
  }

  @Permission('tokens.write')
  @Operation({
    route: 'POST /v1/tokens/{token}/revoke',
    id: 'revokeToken',
    tag,
    summary: 'Revoke a token or session',
    description:
      'With the sessions and sign-in codes that were made with it. Its streams end within seconds. Revoking twice ' +
      'changes nothing.',
    params: { token: idSchema },
    response: { status: 200, description: 'the token as it is now', schema: tokenSchema },
    errors: ['token-unknown'],
  })
  revoke(@From() caller: Caller, @Param('token') token: string) {
    return this.#tokens.revoke(caller, token);
  }
}
