import { Injectable } from '@nestjs/common';
import { audit, inTransaction, signInCodes, tokens } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { hashSecret, makeSecret } from '../auth/secrets.ts';
import { ProblemError } from '../http/problem-error.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import type { CreatedToken } from '../tokens/tokens.service.ts';

const CODE_LIFE_MS = 10 * 60_000;
const SESSION_LIFE_MS = 12 * 3_600_000;

/** Sign-in of browsers: a code that is used once becomes a session with its maker's rights. */
@Injectable()
export class SessionsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async createLink(caller: Caller): Promise<{ code: string; expiresAt: string }> {
    const { database, random } = this.#platform;
    const { principal } = caller;
    const code = await makeSecret('sign-in-code', random);
    return change(database, caller, async (tx) => {
      const expiresAt = new Date(Math.min(tx.now.getTime() + CODE_LIFE_MS, principal.expiresAt.getTime()));
      // No right outlives the token it came from.
      const sessionExpiresAt = new Date(
        Math.min(tx.now.getTime() + SESSION_LIFE_MS, principal.expiresAt.getTime()),
      );
      await signInCodes.create(tx, code.hash, {
        name: principal.name,
        bindings: principal.bindings,
        createdBy: principal.actor,
        expiresAt,
        sessionExpiresAt,
      });
      audit.append(tx, {
        clusterId: null,
        actor: principal.actor,
        action: 'sign-in-link.created',
        target: principal.actor,
        details: { expiresAt: expiresAt.toISOString() },
      });
      return { code: code.text, expiresAt: expiresAt.toISOString() };
    });
  }

  /** @throws ProblemError `credentials-invalid` for a code that is unknown, used or expired */
  async create(presented: string): Promise<CreatedToken> {
    const { database, random } = this.#platform;
    const secret = await makeSecret('session', random);
    const codeHash = await hashSecret(presented);
    return inTransaction(database, async (tx) => {
      const code = await signInCodes.consume(tx, codeHash);
      if (code === undefined) {
        throw new ProblemError('credentials-invalid', 'the sign-in code is unknown, used or expired');
      }
      const token = await tokens.create(tx, {
        name: code.name,
        kind: 'session',
        secretHash: secret.hash,
        bindings: code.bindings,
        createdBy: code.createdBy,
        expiresAt: code.sessionExpiresAt,
      });
      audit.append(tx, {
        clusterId: null,
        actor: code.createdBy,
        action: 'session.created',
        target: `token:${token.id}`,
        details: { name: code.name, expiresAt: token.expiresAt },
      });
      return { token, secret: secret.text };
    });
  }

  async end(caller: Caller): Promise<void> {
    const { principal } = caller;
    await change(this.#platform.database, caller, async (tx) => {
      await tokens.revoke(tx, principal.id);
      audit.append(tx, {
        clusterId: null,
        actor: principal.actor,
        action: principal.kind === 'session' ? 'session.ended' : 'token.revoked',
        target: principal.actor,
        details: { name: principal.name, kind: principal.kind },
      });
    });
  }
}
