import { equalBytes, fromHex, isZero, toHex, type Bytes } from '@asterism/bytes';
import { LOCK_PCR, type PolicyDocument, type QuoteRequest, type TdxPolicy } from '@asterism/contracts';
import type { LockExpectation } from '../expectations.ts';
import { BANK_HASH, lockedPcr15, lockedRtmr2 } from '../lock.ts';
import type { LockState, VerifiedEvidence, VerifiedTdxSection } from '../stages.ts';
import { differs, matches, undecided, type ClaimReport } from './claim-report.ts';

const PCR_CLAIM = `pcr.${LOCK_PCR}`;
const CLAIMS = [`tpm.${PCR_CLAIM}`, `nitro-tpm.${PCR_CLAIM}`, 'tdx.lock', 'snp.lock'];

/** Claims that say whether the machine is locked, by whatever its variant has for it. */
export function isLockClaim(claim: string): boolean {
  return CLAIMS.includes(claim);
}

export interface Lock {
  readonly state: LockState;
  readonly report: ClaimReport;
}

/** Reads the lock from the register of the variant and compares it with what this step expects (S20). Never optional. */
export function compareLock(
  verified: VerifiedEvidence,
  policy: PolicyDocument,
  lock: LockExpectation,
): Promise<Lock> {
  if (verified.quote !== null) {
    const { bank, pcrs } = verified.quote;
    const sameBank = 'tpm' in policy && policy.tpm.bank === bank;
    return comparePcr(`tpm.${PCR_CLAIM}`, sameBank ? pcrs.get(LOCK_PCR) : undefined, bank, lock);
  }
  if (verified.nitro !== null) {
    const got = verified.nitro.document.pcrs.get(LOCK_PCR);
    return comparePcr(`nitro-tpm.${PCR_CLAIM}`, got, 'sha384', lock);
  }
  if (verified.tdx !== null) {
    return compareRtmr2(verified.tdx, 'tdx' in policy ? policy.tdx : null, lock);
  }
  return Promise.resolve(UNMEASURED);
}

/** A guest of SEV-SNP cannot extend its report. The API knows the boot by its REPORT_ID, and keeps S20 by its record. */
const UNMEASURED: Lock = {
  state: 'unmeasured',
  report: {
    claim: {
      claim: 'snp.lock',
      got: null,
      wanted: [],
      verdict: 'any',
      comment: 'SEV-SNP has no register to lock: the record of the boot keeps it',
    },
  },
};

async function comparePcr(
  claim: string,
  got: Uint8Array | undefined,
  bank: QuoteRequest['bank'],
  lock: LockExpectation,
): Promise<Lock> {
  const { length } = BANK_HASH[bank];
  const locked = lock.expected === 'open' ? null : await lockedPcr15(bank, lock.clusterId);
  const compared = {
    claim,
    got: got ? toHex(got) : null,
    wanted: wantedOf(lock, [new Uint8Array(length)], locked === null ? [] : [locked]),
  };
  if (!got || got.length !== length) {
    const reason = { code: 'pcr-missing', message: 'the lock was not quoted' };
    return { state: 'foreign', report: differs(compared, reason) };
  }
  const state = isZero(got) ? 'open' : locked && equalBytes(got, locked) ? 'locked' : 'foreign';
  return toLock(state, compared, lock);
}

/** What RTMR 2 may have been before the lock: where a log leads it, else what the policy has references for. */
function bootValues({ log }: VerifiedTdxSection, policy: TdxPolicy | null): readonly Uint8Array[] {
  if (log !== null) return [log.bootRtmr2];
  if (policy === null || policy.rtmr2.values === 'any') return [];
  return policy.rtmr2.values.map(({ digest }) => fromHex(digest));
}

async function compareRtmr2(
  section: VerifiedTdxSection,
  policy: TdxPolicy | null,
  lock: LockExpectation,
): Promise<Lock> {
  const got = section.quote.report.rtmr2;
  const boots = bootValues(section, policy);
  const locked =
    lock.expected === 'open' ? [] : await Promise.all(boots.map((boot) => lockedRtmr2(boot, lock.clusterId)));
  const compared = { claim: 'tdx.lock', got: toHex(got), wanted: wantedOf(lock, boots, locked) };
  if (boots.length === 0) {
    const message = 'neither a log nor a reference value says what RTMR 2 was before a lock';
    return { state: 'unknown', report: undecided(compared, { code: 'lock-unknown', message }) };
  }
  const isOneOf = (values: readonly Uint8Array[]) => values.some((value) => equalBytes(value, got));
  return toLock(isOneOf(boots) ? 'open' : isOneOf(locked) ? 'locked' : 'foreign', compared, lock);
}

/** RTMR 2 as booted, for its measurement: what the lock has hidden is one of the values that it is known to hide. */
export async function bootRtmr2Of(
  section: VerifiedTdxSection,
  policy: TdxPolicy,
  lock: LockExpectation,
): Promise<Bytes> {
  const got = section.quote.report.rtmr2;
  if (lock.expected === 'open') return got;
  for (const boot of bootValues(section, policy)) {
    if (equalBytes(await lockedRtmr2(boot, lock.clusterId), got)) return new Uint8Array(boot);
  }
  return got;
}

function wantedOf(
  { expected }: LockExpectation,
  open: readonly Uint8Array[],
  locked: readonly Uint8Array[],
): string[] {
  return { open, locked, either: [...open, ...locked] }[expected].map(toHex);
}

type ReadState = 'open' | 'locked' | 'foreign';

function toLock(
  state: ReadState,
  compared: { readonly claim: string; readonly got: string | null; readonly wanted: readonly string[] },
  { expected }: LockExpectation,
): Lock {
  const ok = expected === 'either' ? state !== 'foreign' : state === expected;
  return { state, report: ok ? matches(compared, COMMENT[state]) : differs(compared, REASON[state]) };
}

const COMMENT = { open: 'not locked', locked: 'locked into this cluster', foreign: '' } as const;

const REASON = {
  open: { code: 'lock-open', message: 'the machine is not locked into the cluster' },
  locked: { code: 'lock-closed', message: 'the machine is locked until it reboots' },
  foreign: {
    code: 'lock-foreign',
    message: 'the register holds neither what was booted nor the lock of this cluster',
  },
} as const;
