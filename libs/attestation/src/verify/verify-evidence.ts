import { toHex } from '@asterism/bytes';
import type { Variant } from '@asterism/contracts';
import { EvidenceFormatError, EvidenceNotGenuineError } from '../errors.ts';
import type { VerificationExpectations } from '../expectations.ts';
import { parsedEvidence } from '../parse/parse-evidence.ts';
import type { ParsedEvidence, Unmarked, VerifiedEvidence } from '../stages.ts';
import { requireBoundReport, requireVouchedKey } from './bindings.ts';
import { identityOfChip, identityOfModule, identityOfPlatform } from './machine-identity.ts';
import { verifyNitroSection } from './verify-nitro.ts';
import { verifyQuoteSection } from './verify-quote.ts';
import { verifySnpSection } from './verify-snp.ts';
import { verifyTdxSection } from './verify-tdx.ts';
import { verifiedEvidence } from './verified.ts';

/**
 * Stage 2: is the evidence genuine, and made for this exchange? Every part is proved to come from where it says, the
 * caller's binding is in the part that carries it, and where there are two roots of trust they are of one machine
 * (protocol §1.6, §2). A quote is by a restricted key over exactly the requested bank and PCRs, and the values given are
 * the signed ones; an event log, where one came, replays to them (the lock apart: it comes after the log). Chains of EK
 * and AK and the activation become facts for `appraise`.
 * @throws EvidenceNotGenuineError
 * @throws EvidenceRefusedError for what no policy can accept
 * @throws EvidenceUndecidedError where nothing speaks against it, but collateral is missing or stale
 * @throws EvidenceFormatError on a key or certificate inside that cannot be read
 */
export async function verifyEvidence(
  parsed: ParsedEvidence,
  expected: VerificationExpectations,
): Promise<VerifiedEvidence> {
  parsedEvidence.require(parsed);
  const wanted: Variant = expected.request.variant;
  if (parsed.variant !== wanted) {
    throw new EvidenceNotGenuineError(
      'variant-mismatch',
      'evidence is of another variant than was asked for',
      { got: parsed.variant, want: wanted },
    );
  }
  if (expected.binding.length !== 32) {
    throw new EvidenceFormatError('binding-malformed', 'expected binding is not 32 bytes', {
      got: expected.binding.length,
      want: 32,
    });
  }
  return verifiedEvidence.mark<VerifiedEvidence>(await verifySections(parsed, expected));
}

const NONE = { quote: null, snp: null, tdx: null, nitro: null, collateral: null } as const;

/** A machine with a vTPM is known by the key that quotes, and its boot by the quote. */
async function verifySections(
  parsed: ParsedEvidence,
  expected: VerificationExpectations,
): Promise<Unmarked<VerifiedEvidence>> {
  const { binding } = expected;
  switch (parsed.variant) {
    case 'tpm': {
      const { boot, section: quote } = await verifyQuoteSection(parsed, expected);
      const identity = quote.activated?.identity ?? null;
      return { ...NONE, variant: parsed.variant, identity, bootIdentity: boot, quote };
    }
    case 'azure-trusted-launch':
    case 'gcp-sev-es': {
      const { boot, section: quote } = await verifyQuoteSection(parsed, expected);
      return { ...NONE, variant: parsed.variant, identity: quote.akSpkiSha256, bootIdentity: boot, quote };
    }
    case 'sev-snp': {
      const { report, collateral } = await verifySnpSection(parsed, expected);
      requireBoundReport(report.report.reportData, binding);
      const identity = await identityOfChip(report.report.chipId);
      const bootIdentity = toHex(report.report.reportId);
      return { ...NONE, variant: parsed.variant, identity, bootIdentity, snp: report, collateral };
    }
    case 'azure-sev-snp':
    case 'gcp-sev-snp':
    case 'aws-sev-snp': {
      const { boot, section: quote } = await verifyQuoteSection(parsed, expected);
      const { report: snp, collateral } = await verifySnpSection(parsed, expected);
      await requireVouchedKey(parsed, snp.report.reportData, binding);
      const identity = quote.akSpkiSha256;
      return { ...NONE, variant: parsed.variant, identity, bootIdentity: boot, quote, snp, collateral };
    }
    case 'tdx': {
      const { section: tdx, collateral } = await verifyTdxSection(parsed, expected);
      requireBoundReport(tdx.quote.report.reportData, binding);
      const identity = await identityOfPlatform(tdx.quote.facts.pck.ppid);
      return { ...NONE, variant: parsed.variant, identity, bootIdentity: null, tdx, collateral };
    }
    case 'azure-tdx': {
      const { boot, section: quote } = await verifyQuoteSection(parsed, expected);
      const { section: tdx, collateral } = await verifyTdxSection({ ...parsed, eventLog: null }, expected);
      await requireVouchedKey(parsed, tdx.quote.report.reportData, binding);
      const identity = quote.akSpkiSha256;
      return { ...NONE, variant: parsed.variant, identity, bootIdentity: boot, quote, tdx, collateral };
    }
    case 'aws-nitro-tpm': {
      const nitro = await verifyNitroSection(parsed, expected);
      const identity = await identityOfModule(nitro.document.moduleId);
      return { ...NONE, variant: parsed.variant, identity, bootIdentity: null, nitro };
    }
  }
}
