import { concat, equalBytes, toHex } from '@asterism/bytes';
import type { EndorsementFields } from '../certificates/endorsement-fields.ts';
import type { SnpFinding } from '../errors.ts';
import type { SnpReport } from '../report/report.ts';
import { equalTcb } from '../report/tcb-version.ts';

/** Compares what the endorsement certificate was made for with what the report says (S12). */
export function matchEndorsement(report: SnpReport, fields: EndorsementFields): readonly SnpFinding[] {
  const findings: SnpFinding[] = [];
  if (report.signingKey !== fields.kind) {
    findings.push({
      code: 'signing-key-mismatch',
      message: 'report names another kind of key than the certificate',
      got: fields.kind,
      want: report.signingKey,
    });
  }
  if (report.product !== undefined && report.product !== fields.product) {
    findings.push({
      code: 'product-mismatch',
      message: 'certificate is for another product than the processor',
      got: fields.product,
      want: report.product,
    });
  }
  if (!equalTcb(report.reportedTcb, fields.tcb)) {
    findings.push({
      code: 'tcb-mismatch',
      message: 'certificate is for another TCB than the reported one',
      got: fields.tcb,
      want: report.reportedTcb,
    });
  }
  // A VLEK belongs to a provider, so it names no chip.
  if (fields.hwId !== undefined && !equalBytes(report.chipId, padded(fields.hwId))) {
    findings.push({
      code: 'chip-id-mismatch',
      message: 'certificate is for another chip',
      got: toHex(fields.hwId),
      want: toHex(report.chipId),
    });
  }
  return findings;
}

function padded(hwId: Uint8Array): Uint8Array {
  return concat(hwId, new Uint8Array(64 - hwId.length));
}
