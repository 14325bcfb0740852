import { concat, toHex, type Bytes } from '@asterism/bytes';
import type { AppraisalInputs } from './inputs.ts';
import type { Judgement } from './judgement.ts';

/** Bytes of REPORT_DATA and REPORTDATA. */
const REPORT_DATA_BYTES = 64;

/**
 * Compares what the guest put into the hardware's report. Without an own field for it, a nonce stands at the start of
 * the report data and zeros behind it.
 */
export function compareReportData(
  judgement: Judgement,
  { nonce, reportData }: Pick<AppraisalInputs, 'nonce' | 'reportData'>,
): void {
  const got = String(judgement.claims['reportData']);
  const wanted = [
    ['report-data-mismatch', reportData, 'report data is not what was asked for'],
    ['nonce-mismatch', nonce, 'report data is not the nonce'],
  ] as const;
  for (const [code, want, message] of wanted) {
    if (want !== null) judgement.compare(code, 'reportData', got, toHex(padded(want)), message);
  }
  if (nonce === null && reportData === null) {
    judgement.remark({
      code: 'report-data-unchecked',
      claim: 'reportData',
      message: 'neither report data nor a nonce was given, so the report may be of any time',
      got,
    });
  }
}

function padded(bytes: Bytes): Bytes {
  return concat(bytes, new Uint8Array(Math.max(0, REPORT_DATA_BYTES - bytes.length)));
}
