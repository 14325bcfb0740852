import { equalBytes, toHex } from '@asterism/bytes';
import { verifyHclAttestationKey, verifyRuntimeDataBinding } from '@asterism/tpm';
import { EvidenceNotGenuineError, type EvidenceNotGenuineErrorCode } from '../errors.ts';
import { bindingReportData, boundKeyReportData, vouchedKeyReportData } from '../report-data.ts';
import type { HclVariant, ParsedEvidenceOf } from '../stages.ts';
import { asEvidenceError } from './as-evidence-error.ts';

/** The report itself carries the binding. */
export function requireBoundReport(reportData: Uint8Array, binding: Uint8Array): void {
  requireReportData('binding-mismatch', reportData, bindingReportData(binding));
}

type Vouched = ParsedEvidenceOf<HclVariant | 'gcp-sev-snp' | 'aws-sev-snp'>;

/** The report of the TEE and the quote of the vTPM are of one machine: each cloud ties them in its own way. */
export async function requireVouchedKey(
  parsed: Pick<Vouched, 'variant' | 'quote' | 'hcl'>,
  reportData: Uint8Array,
  binding: Uint8Array,
): Promise<void> {
  const { variant, quote, hcl } = parsed;
  if (hcl !== null) {
    await asEvidenceError('runtime-data-mismatch', () => verifyRuntimeDataBinding(hcl.report, reportData));
    await asEvidenceError('attestation-key-mismatch', () =>
      verifyHclAttestationKey(quote.quote.akPublic, hcl.runtimeData.akPublic),
    );
  } else if (variant === 'gcp-sev-snp') {
    requireReportData('binding-mismatch', reportData.slice(0, 32), binding);
    const want = await boundKeyReportData(binding, quote.akPublic);
    requireReportData('attestation-key-mismatch', reportData, want);
  } else {
    const want = await vouchedKeyReportData(quote.akPublic);
    requireReportData('attestation-key-mismatch', reportData, want);
  }
}

function requireReportData(code: EvidenceNotGenuineErrorCode, got: Uint8Array, want: Uint8Array): void {
  if (equalBytes(got, want)) return;
  throw new EvidenceNotGenuineError(code, 'report is made over other data', {
    got: toHex(got),
    want: toHex(want),
  });
}
