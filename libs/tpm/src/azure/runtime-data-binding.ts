import { concat, equalBytes, sha256, toHex, type Bytes } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import type { HclReport } from './hcl-report.ts';

const REPORT_DATA_BYTES = 64;

/** SHA-256 of the runtime data: the first half of the TEE report's report data, the other half is zero. */
export function runtimeDataHash({ runtimeData }: HclReport): Promise<Bytes> {
  return sha256(runtimeData);
}

/**
 * The runtime data is what a TEE report was made over. `reportData` is the 64 bytes of a **verified** SNP report or TD
 * quote: those of a TDREPORT prove nothing away from its machine.
 * @throws TpmNotGenuineError `runtime-data-mismatch`
 */
export async function verifyRuntimeDataBinding(report: HclReport, reportData: Uint8Array): Promise<void> {
  const hash = await runtimeDataHash(report);
  const want = concat(hash, new Uint8Array(REPORT_DATA_BYTES - hash.length));
  if (!equalBytes(reportData, want)) {
    throw new TpmNotGenuineError('runtime-data-mismatch', 'TEE report is made over other runtime data', {
      got: toHex(reportData),
      want: toHex(want),
    });
  }
}
