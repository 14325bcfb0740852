import { concat, frame, sha256, type Bytes } from '@asterism/bytes';

/** Bytes of REPORT_DATA and REPORTDATA behind a binding. */
const PADDING = new Uint8Array(32);

/** `sev-snp`, `tdx`: the report carries the binding. 64 bytes, as the others. */
export function bindingReportData(binding: Uint8Array): Bytes {
  return concat(binding, PADDING);
}

/** `gcp-sev-snp`: the report carries the binding, and the key whose quote carries it too: both are of one machine. */
export async function boundKeyReportData(binding: Uint8Array, akPublic: Uint8Array): Promise<Bytes> {
  return concat(binding, await sha256(akPublic));
}

/** `aws-sev-snp`: the report vouches for the key, and the quote by it carries the binding. */
export async function vouchedKeyReportData(akPublic: Uint8Array): Promise<Bytes> {
  return concat(await sha256(frame('asterism/vtpm-ak/v1', akPublic)), PADDING);
}
