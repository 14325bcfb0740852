import { lockDigest, lockedPcr15 } from '@asterism/attestation';
import { equalBytes, isZero, toHex, type Bytes } from '@asterism/bytes';
import { LOCK_PCR } from '@asterism/contracts';
import type { PcrBank, Tpm } from '@asterism/tpm';
import { NodeError } from '../errors.ts';

/** Banks that a policy can ask for. The lock goes into each that is allocated, or another bank would show no lock. */
const BANKS: readonly PcrBank[] = ['sha256', 'sha384'];

/** What the lock needs of a TPM. */
export type LockTpm = Pick<Tpm, 'listPcrBanks' | 'pcrRead' | 'pcrExtend'>;

/** Whether PCR 15 was extended with anything, in any bank. */
export async function isExtended(tpm: LockTpm): Promise<boolean> {
  const values = await readLock(tpm);
  return ![...values.values()].every(isZero);
}

/**
 * Locks this boot into a cluster: extends its identity into PCR 15 of every bank, in one command. One way until the TPM
 * is reset.
 * @throws NodeError `lock-foreign` where PCR 15 was not zero, or is not the lock afterwards
 */
export async function lockInto(tpm: LockTpm, clusterId: Uint8Array): Promise<void> {
  const before = await readLock(tpm);
  if (![...before.values()].every(isZero)) throw foreign('PCR 15 is not zero before the lock', before);
  const digests = new Map<PcrBank, Bytes>();
  for (const bank of before.keys()) digests.set(bank, await lockDigest(bank, clusterId));
  await tpm.pcrExtend(LOCK_PCR, digests);
  const after = await readLock(tpm);
  for (const [bank, value] of after) {
    if (!equalBytes(value, await lockedPcr15(bank, clusterId))) {
      throw foreign('PCR 15 is not the lock of this cluster after it was extended', after);
    }
  }
}

async function readLock(tpm: LockTpm): Promise<ReadonlyMap<PcrBank, Bytes>> {
  const allocated = await tpm.listPcrBanks();
  const values = new Map<PcrBank, Bytes>();
  for (const bank of BANKS) {
    if (!allocated.some((selection) => selection.bank === bank && selection.pcrs.includes(LOCK_PCR)))
      continue;
    const value = (await tpm.pcrRead(bank, [LOCK_PCR])).get(LOCK_PCR);
    if (value !== undefined) values.set(bank, value);
  }
  if (values.size === 0) throw foreign('the TPM has no PCR 15 in a bank that can be locked', values);
  return values;
}

function foreign(message: string, values: ReadonlyMap<PcrBank, Bytes>): NodeError {
  const got = [...values].map(([bank, value]) => `${bank}:${toHex(value)}`);
  return new NodeError('lock-foreign', message, { got });
}
