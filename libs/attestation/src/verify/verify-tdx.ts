import { verifyTdxQuote } from '@asterism/tdx';
import { replayEventLog, type TpmEventLog } from '@asterism/tpm';
import { tdxCollateralFor } from '../collateral/select-tdx.ts';
import type { VerificationExpectations } from '../expectations.ts';
import { joinCollateral, type Collateral } from '../collateral/collateral.ts';
import type { CollateralFact, ParsedTdxSection, VerifiedTdxSection } from '../stages.ts';
import { asEvidenceError } from './as-evidence-error.ts';
import { describeLog, verifyLog } from './verify-log.ts';

interface TdxParts {
  readonly tdx: ParsedTdxSection;
  readonly eventLog: TpmEventLog | null;
  readonly collateral: Collateral;
}

/** Measurement registers as a CC log counts them: 0 is MRTD, RTMR n is n + 1. */
const CC_RTMR2 = 3;

/**
 * The quote is of a TDX platform of Intel's, neither under debug nor out of date (S14), by collateral that is current
 * (S15). A log, where one came, replays to RTMR 0, 1 and 3; what it makes of RTMR 2 is what the lock started from.
 */
export async function verifyTdxSection(
  parts: TdxParts,
  { roots, collateral, now: at }: VerificationExpectations,
): Promise<{ readonly section: VerifiedTdxSection; readonly collateral: CollateralFact }> {
  const given = joinCollateral([collateral, parts.collateral]);
  const quote = await asEvidenceError('tdx-quote-invalid', () =>
    verifyTdxQuote({
      quote: parts.tdx.bytes,
      anchors: roots.intel,
      at,
      collateral: tdxCollateralFor(parts.tdx, given, at),
    }),
  );
  const { collateralIssued: issuedAt, collateralUntil: until } = quote.facts;
  const log = await verifyRtmrs(parts.eventLog, quote.report);
  return { section: { quote, log }, collateral: { issuedAt, until } };
}

async function verifyRtmrs(
  log: TpmEventLog | null,
  { rtmr0, rtmr1, rtmr3 }: Readonly<Record<'rtmr0' | 'rtmr1' | 'rtmr3', Uint8Array>>,
): Promise<VerifiedTdxSection['log']> {
  if (log === null) return null;
  const registers = new Map([
    [1, rtmr0],
    [2, rtmr1],
    [4, rtmr3],
  ]);
  await verifyLog(log, 'sha384', registers);
  const replayed = await asEvidenceError('event-log-mismatch', () => replayEventLog(log, 'sha384'));
  return {
    events: describeLog(log, 'sha384', [...registers.keys(), CC_RTMR2]),
    bootRtmr2: replayed.get(CC_RTMR2) ?? new Uint8Array(48),
  };
}
