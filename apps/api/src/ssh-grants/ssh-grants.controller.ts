import { Controller } from '@nestjs/common';
import {
  accessReasonSchema,
  accessUserNameSchema,
  approveSshGrantSchema,
  createSshGrantSchema,
  idSchema,
  pageQuerySchema,
  pageSchema,
  sshGrantSchema,
  sshGrantStateSchema,
  type AccessReason,
  type ApproveSshGrant,
  type Cluster,
  type CreateSshGrant,
} from '@asterism/contracts';
import { z } from 'zod';
import { USER_EXAMPLE } from '../access/access-examples.ts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { SshGrantsService } from './ssh-grants.service.ts';

const tag = 'access';
const params = { grant: idSchema };
const grantsQuerySchema = pageQuerySchema.extend({
  state: sshGrantStateSchema.optional(),
  user: accessUserNameSchema.optional(),
});
const [publicKey] = USER_EXAMPLE.publicKeys;

@Controller()
export class SshGrantsController {
  readonly #grants: SshGrantsService;

  constructor(grants: SshGrantsService) {
    this.#grants = grants;
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/grants',
    id: 'listSshGrants',
    tag,
    summary: 'List grants',
    description: 'Who was let in, as whom, where, how long and why; the newest first.',
    query: grantsQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(sshGrantSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: z.output<typeof grantsQuerySchema>) {
    return this.#grants.list(cluster, query);
  }

  @Permission('access.request')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/grants',
    id: 'createSshGrant',
    tag,
    summary: 'Ask for a grant',
    description:
      'The user follows from the key, which has to be declared. What is within the declaration and the rules is given at ' +
      'once; what the rules want a second person for waits for an hour.',
    body: createSshGrantSchema,
    bodyExample: { publicKey, principal: 'deploy', reason: 'rotate logs' },
    response: { status: 201, description: 'given, or waiting', schema: sshGrantSchema },
    errors: [
      'ssh-public-key-invalid',
      'ssh-key-not-declared',
      'ssh-key-revoked',
      'access-user-expired',
      'ssh-principal-not-allowed',
      'ssh-node-not-allowed',
      'ssh-request-refused',
      'node-unknown',
    ],
    idempotent: 'replay',
  })
  create(@From() caller: Caller, @In() cluster: Cluster, @Body() body: CreateSshGrant) {
    return this.#grants.create(caller, cluster, body);
  }

  @Permission('access.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/access/grants/{grant}',
    id: 'readSshGrant',
    tag,
    summary: 'Read a grant',
    description: 'With who decided and ended it, and how many sessions of it are open.',
    params,
    response: { status: 200, description: 'the grant', schema: sshGrantSchema },
    errors: ['ssh-grant-unknown'],
  })
  read(@In() cluster: Cluster, @Param('grant') grant: string) {
    return this.#grants.read(cluster, grant);
  }

  @Permission('access.approve')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/grants/{grant}/approve',
    id: 'approveSshGrant',
    tag,
    summary: 'Approve a grant',
    description:
      'By a second person, with the fingerprint of the key that was shown. What is declared is looked at again; its time ' +
      'begins now.',
    params,
    body: approveSshGrantSchema,
    response: { status: 200, description: 'the grant as it is now', schema: sshGrantSchema },
    errors: ['ssh-grant-unknown', 'ssh-grant-conflict', 'ssh-second-person', 'confirmation-mismatch'],
  })
  approve(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('grant') grant: string,
    @Body() body: ApproveSshGrant,
  ) {
    return this.#grants.approve(caller, cluster, grant, body);
  }

  @Permission('access.approve')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/grants/{grant}/deny',
    id: 'denySshGrant',
    tag,
    summary: 'Deny a grant',
    description: 'By a second person. Whoever asked reads the reason.',
    params,
    body: accessReasonSchema,
    response: { status: 200, description: 'the grant as it is now', schema: sshGrantSchema },
    errors: ['ssh-grant-unknown', 'ssh-grant-conflict', 'ssh-second-person'],
  })
  deny(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('grant') grant: string,
    @Body() { reason }: AccessReason,
  ) {
    return this.#grants.deny(caller, cluster, grant, reason);
  }

  @Permission('access.revoke')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/access/grants/{grant}/end',
    id: 'endSshGrant',
    tag,
    summary: 'End a grant',
    description: 'Its certificates are revoked, and nodes close its sessions as soon as they hear of it.',
    params,
    body: accessReasonSchema,
    response: { status: 200, description: 'the grant as it is now', schema: sshGrantSchema },
    errors: ['ssh-grant-unknown', 'ssh-grant-conflict'],
  })
  end(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('grant') grant: string,
    @Body() { reason }: AccessReason,
  ) {
    return this.#grants.end(caller, cluster, grant, reason);
  }
}
