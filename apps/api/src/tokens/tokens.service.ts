import { Injectable } from '@nestjs/common';
import type { CreateToken, RoleBinding, Token } from '@asterism/contracts';
import { audit, clusters, tokens, type Queries } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { mayGrant } from '../auth/principal.ts';
import { makeSecret } from '../auth/secrets.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

export interface CreatedToken {
  readonly token: Token;
  readonly secret: string;
}

@Injectable()
export class TokensService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(query: PageQuery) {
    return tokens.list(this.#platform.database.queries, query);
  }

  async create(caller: Caller, request: CreateToken): Promise<CreatedToken> {
    const { database, random } = this.#platform;
    const { name, bindings, expiresIn } = request;
    const secret = await makeSecret('token', random);
    return change(database, caller, async (tx) => {
      await requireGrantable(tx.queries, caller, bindings);
      const token = await tokens.create(tx, {
        name,
        kind: 'token',
        secretHash: secret.hash,
        bindings,
        createdBy: caller.principal.actor,
        expiresAt: new Date(tx.now.getTime() + 1_000 * expiresIn),
      });
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'token.created',
        target: `token:${token.id}`,
        details: { name, bindings: bindings.map((binding) => ({ ...binding })), expiresAt: token.expiresAt },
      });
      return { token, secret: secret.text };
    });
  }

  revoke(caller: Caller, tokenId: string): Promise<Token> {
    return naming({ 'not-found': 'token-unknown' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const before = await tokens.find(tx.queries, tokenId);
        const revoked = await tokens.revoke(tx, tokenId);
        if (before?.revokedAt === null) {
          audit.append(tx, {
            clusterId: null,
            actor: caller.principal.actor,
            action: 'token.revoked',
            target: `token:${tokenId}`,
            details: { name: revoked.name, kind: revoked.kind },
          });
        }
        return revoked;
      }),
    );
  }
}

async function requireGrantable(
  queries: Queries,
  caller: Caller,
  bindings: readonly RoleBinding[],
): Promise<void> {
  for (const binding of bindings) {
    if (!mayGrant(caller.principal, binding)) {
      throw new ProblemError('permission-denied', `you do not hold the role ${binding.role} that you give`);
    }
    if (binding.clusterId !== null) {
      found(await clusters.find(queries, binding.clusterId), 'cluster-unknown', 'no such cluster');
    }
  }
}
