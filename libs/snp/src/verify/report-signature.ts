import { concat, isZero } from '@asterism/bytes';
import { ChainError, verifyRawEcdsa } from '@asterism/x509';
import type { SnpFinding } from '../errors.ts';
import { SIGNED_BYTES, type SnpReport } from '../report/report.ts';

const ALGORITHM = { curve: 'P-384', hash: 'SHA-384' } as const;
/** Bytes of a number of P-384. */
const FIELD_BYTES = 48;

/**
 * Checks the signature over the bytes that `report` was parsed from.
 * @throws X509Error on a key that cannot be read.
 */
export async function checkReportSignature(
  bytes: Uint8Array,
  { maskChipKey, signingKey, signature }: SnpReport,
  spki: Uint8Array,
): Promise<SnpFinding | undefined> {
  if (maskChipKey || signingKey === 'none') {
    return {
      code: 'report-unsigned',
      message: 'the firmware was told not to sign',
      got: { maskChipKey, signingKey },
    };
  }
  const { r, s } = signature;
  // Read in full: whoever drops the upper bytes takes numbers that are out of range.
  if (!isZero(r.subarray(FIELD_BYTES)) || !isZero(s.subarray(FIELD_BYTES))) {
    return { code: 'signature-invalid', message: 'r or s is out of range' };
  }
  const raw = concat(r.subarray(0, FIELD_BYTES).toReversed(), s.subarray(0, FIELD_BYTES).toReversed());
  try {
    await verifyRawEcdsa(spki, ALGORITHM, bytes.subarray(0, SIGNED_BYTES), raw);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    if (cause.code === 'algorithm-refused') {
      const { got, want } = cause;
      return { code: 'algorithm-refused', message: 'endorsement key is not of P-384', got, want, cause };
    }
    return { code: 'signature-invalid', message: 'report is not signed by the endorsement key', cause };
  }
}
