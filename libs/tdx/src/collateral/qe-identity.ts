import type { Bytes } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';
import { parseJson } from './json.ts';
import { readIsvLevels, type IsvLevel } from './tcb-level.ts';

/** Identity v2 of the TD quoting enclave (Intel SGX and TDX PCS API v4, `GET /tdx/certification/v4/qe/identity`). */
export interface QeIdentity {
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly tcbEvaluationDataNumber: number;
  /** In the byte order of the enclave's report, as are the other byte fields. */
  readonly miscSelect: Bytes;
  readonly miscSelectMask: Bytes;
  readonly attributes: Bytes;
  readonly attributesMask: Bytes;
  readonly mrSigner: Bytes;
  readonly isvProdId: number;
  readonly levels: readonly IsvLevel[];
}

/** @throws TdxFormatError `collateral-malformed` */
export function parseQeIdentity(text: string): QeIdentity {
  const json = parseJson(text, 'enclaveIdentity');
  const kind = { id: json.text('id'), version: json.integer('version', 0xffff) };
  if (kind.id !== 'TD_QE' || kind.version !== 2) {
    throw new TdxFormatError('collateral-malformed', 'enclave identity is of another kind', {
      got: kind,
      want: { id: 'TD_QE', version: 2 },
    });
  }
  return {
    issueDate: json.date('issueDate'),
    nextUpdate: json.date('nextUpdate'),
    tcbEvaluationDataNumber: json.integer('tcbEvaluationDataNumber', 0xffff_ffff),
    // The only number in these documents: hexadecimal digits from the highest byte, unlike the attributes.
    miscSelect: json.hex('miscselect', 4).reverse(),
    miscSelectMask: json.hex('miscselectMask', 4).reverse(),
    attributes: json.hex('attributes', 16),
    attributesMask: json.hex('attributesMask', 16),
    mrSigner: json.hex('mrsigner', 32),
    isvProdId: json.integer('isvprodid', 0xffff),
    levels: readIsvLevels(json),
  };
}
