import { equalBytes, isZero, toHex } from '@asterism/bytes';
import { LOCK_PCR, type QuoteRequest } from '@asterism/contracts';
import { differs, matches, type ClaimReport } from './claim-report.ts';
import type { LockExpectation } from './expectations.ts';
import { BANK_HASH, lockedPcr15 } from './lock.ts';
import type { LockState } from './stages.ts';

export const LOCK_CLAIM = `tpm.pcr.${LOCK_PCR}`;

/** Reads the lock from PCR 15 and compares it with what this step expects (S20). Never optional. */
export async function compareLock(
  got: Uint8Array | undefined,
  bank: QuoteRequest['bank'],
  lock: LockExpectation,
): Promise<{ readonly state: LockState; readonly report: ClaimReport }> {
  const open = toHex(new Uint8Array(BANK_HASH[bank].length));
  const locked = lock.expected === 'open' ? null : await lockedPcr15(bank, lock.clusterId);
  const wanted = {
    open: [open],
    locked: locked ? [toHex(locked)] : [],
    either: locked ? [open, toHex(locked)] : [],
  }[lock.expected];
  const compared = { claim: LOCK_CLAIM, got: got ? toHex(got) : null, wanted };
  if (!got || got.length !== BANK_HASH[bank].length) {
    return {
      state: 'foreign',
      report: differs(compared, { code: 'pcr-missing', message: 'the lock was not quoted' }),
    };
  }
  const state: LockState = isZero(got) ? 'open' : locked && equalBytes(got, locked) ? 'locked' : 'foreign';
  const ok = lock.expected === 'either' ? state !== 'foreign' : state === lock.expected;
  return { state, report: ok ? matches(compared, COMMENT[state]) : differs(compared, reasonOf(state)) };
}

const COMMENT = { open: 'not locked', locked: 'locked into this cluster', foreign: '' } as const;

function reasonOf(state: LockState) {
  return {
    open: { code: 'lock-open', message: 'the machine is not locked into the cluster' },
    locked: { code: 'lock-closed', message: 'the machine is locked until it reboots' },
    foreign: { code: 'lock-foreign', message: 'PCR 15 holds neither zero nor the lock of this cluster' },
  }[state];
}
