import { concat, isZero } from '@asterism/bytes';
import { ChainError, ecdsaRawToDer, parsePublicKey, verifySignature } from '@asterism/x509';
import type { SnpFinding } from '../errors.ts';
import { SIGNED_BYTES, type SnpReport } from '../report/report.ts';

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
  const key = parsePublicKey(spki);
  if (key.kind !== 'ec' || key.curve !== 'P-384') {
    return {
      code: 'algorithm-refused',
      message: 'endorsement key is not P-384',
      got: key.kind,
      want: 'P-384',
    };
  }
  const { r, s } = signature;
  // Read in full: whoever drops the upper bytes takes numbers that are out of range.
  if (!isZero(r.subarray(FIELD_BYTES)) || !isZero(s.subarray(FIELD_BYTES))) {
    return { code: 'signature-invalid', message: 'r or s is out of range' };
  }
  const raw = concat(r.slice(0, FIELD_BYTES).reverse(), s.slice(0, FIELD_BYTES).reverse());
  try {
    await verifySignature(
      spki,
      { kind: 'ecdsa', hash: 'SHA-384' },
      bytes.subarray(0, SIGNED_BYTES),
      ecdsaRawToDer(raw, 'P-384'),
    );
    return undefined;
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    return { code: 'signature-invalid', message: 'report is not signed by the endorsement key', cause };
  }
}
