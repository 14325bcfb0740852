import { lockDigest, lockedPcr15 } from '@asterism/attestation';
import { equalBytes, isZero, toHex, type Bytes } from '@asterism/bytes';
import { LOCK_PCR } from '@asterism/contracts';
import type { PcrBank, Tpm } from '@asterism/tpm';
import { NodeError } from '../errors.ts';

/** Banks that a policy can ask for. The lock goes into each that is allocated, or another bank would show no lock. */
const BANKS: readonly PcrBank[] = ['sha256', 'sha384'];

/** Whether PCR 15 was extended with anything, in any bank. */
export async function isExtended(tpm: Tpm): Promise<boolean> {
  const values = await readLock(tpm);
  return ![...values.values()].every(isZero);
}

/**
 * Locks this boot into a cluster: extends its identity into PCR 15. One way until the TPM is reset. Does nothing where
 * it was done before: the process may have been killed right after it.
 * @throws NodeError `lock-foreign` where PCR 15 holds something else
 */
export async function lockInto(tpm: Tpm, clusterId: Uint8Array): Promise<void> {
  const before = await readLock(tpm);
  const wanted = new Map<PcrBank, Bytes>();
  for (const bank of before.keys()) wanted.set(bank, await lockedPcr15(bank, clusterId));
  if (isSame(before, wanted)) return;
  if (![...before.values()].every(isZero)) throw foreign(before);
  const digests = new Map<PcrBank, Bytes>();
  for (const bank of before.keys()) digests.set(bank, await lockDigest(bank, clusterId));
  await tpm.pcrExtend(LOCK_PCR, digests);
  const after = await readLock(tpm);
  if (!isSame(after, wanted)) throw foreign(after);
}

async function readLock(tpm: Tpm): Promise<ReadonlyMap<PcrBank, Bytes>> {
  const allocated = await tpm.listPcrBanks();
  const values = new Map<PcrBank, Bytes>();
  for (const bank of BANKS) {
    if (!allocated.some((selection) => selection.bank === bank && selection.pcrs.includes(LOCK_PCR)))
      continue;
    const value = (await tpm.pcrRead(bank, [LOCK_PCR])).get(LOCK_PCR);
    if (value !== undefined) values.set(bank, value);
  }
  if (values.size === 0)
    throw new NodeError('lock-foreign', 'the TPM has no PCR 15 in a bank that can be locked');
  return values;
}

function isSame(got: ReadonlyMap<PcrBank, Bytes>, want: ReadonlyMap<PcrBank, Bytes>): boolean {
  return [...got].every(([bank, value]) => equalBytes(value, want.get(bank) ?? new Uint8Array()));
}

function foreign(values: ReadonlyMap<PcrBank, Bytes>): NodeError {
  const got = [...values].map(([bank, value]) => `${bank}:${toHex(value)}`);
  return new NodeError('lock-foreign', 'PCR 15 holds neither zero nor the lock of this cluster', { got });
}
