import {
  createRecoverySet,
  openShare,
  type CreatedRecoverySet,
  type RecoveryScope,
  type RecoverySetRecord,
  type RecoveryShare,
} from '@asterism/keys/recovery';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Person } from './people.ts';

export interface MadeRecoverySet {
  readonly secret: Uint8Array;
  readonly created: CreatedRecoverySet;
  /** What a server would keep. */
  readonly record: RecoverySetRecord;
  /** What the people have once they have opened their files. */
  readonly shares: readonly RecoveryShare[];
}

export interface RecoverySetOrder {
  readonly people: readonly Person[];
  readonly threshold: number;
  readonly scope?: RecoveryScope;
  readonly secret?: Uint8Array;
}

/** A set of real shares, opened by the people they were encrypted to. */
export async function makeRecoverySet(order: RecoverySetOrder): Promise<MadeRecoverySet> {
  const { people, threshold, scope = { kind: 'platform' }, secret = new Uint8Array(randomBytes(32)) } = order;
  const setId = randomUUID();
  const recipients = people.map(({ name, recipient }) => ({ name, recipient }));
  const created = await createRecoverySet({ secret, scope, setId, threshold, recipients });
  const shares = await Promise.all(
    created.shares.map(({ encrypted }, at) => openShare(encrypted, people[at]?.identity ?? '')),
  );
  return { secret, created, shares, record: { setId, scope, threshold, ...created } };
}
