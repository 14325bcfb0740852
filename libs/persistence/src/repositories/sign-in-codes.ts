import type { RoleBinding } from '@asterism/contracts';
import type { Queries, Transaction } from '../database/transaction.ts';

export interface SignInCode {
  readonly name: string;
  readonly bindings: readonly RoleBinding[];
  readonly createdBy: string;
  readonly expiresAt: Date;
  /** When the session it is exchanged for ends at the latest. */
  readonly sessionExpiresAt: Date;
}

/** `codeHash` is SHA-256 of the code. */
export async function create(tx: Transaction, codeHash: Uint8Array, code: SignInCode): Promise<void> {
  await tx.queries
    .insertInto('signInCodes')
    .values({
      codeHash: Buffer.from(codeHash),
      ...code,
      bindings: JSON.stringify(code.bindings),
      createdAt: tx.now,
    })
    .execute();
}

/** Takes a code out of the database; of two that race for it one gets it. Undefined: unknown, used or expired. */
export async function consume(tx: Transaction, codeHash: Uint8Array): Promise<SignInCode | undefined> {
  const row = await tx.queries
    .deleteFrom('signInCodes')
    .where('codeHash', '=', Buffer.from(codeHash))
    .returning(['name', 'bindings', 'createdBy', 'expiresAt', 'sessionExpiresAt'])
    .executeTakeFirst();
  return row !== undefined && row.expiresAt > tx.now ? row : undefined;
}

export async function prune(queries: Queries, now: Date): Promise<void> {
  await queries.deleteFrom('signInCodes').where('expiresAt', '<', now).execute();
}
