import { copyBytes, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import { decodeAttest, type TpmsAttest } from '../structures/attest.ts';
import { decodePublic, type TpmtPublic } from '../structures/public-area.ts';
import { decodeSignature, type TpmtSignature } from '../structures/signature.ts';

export interface TpmQuoteBytes {
  /** TPMS_ATTEST. */
  readonly quote: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
  /** TPMT_PUBLIC of the attestation key. */
  readonly akPublic: Uint8Array;
  /** Values by PCR index, of the quoted bank. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
}

/** Structure only: nothing in it is trusted. Made by `parseTpmQuote`. */
export interface ParsedTpmQuote {
  /** The very bytes that were signed. */
  readonly quote: Bytes;
  readonly attest: TpmsAttest;
  readonly signature: TpmtSignature;
  readonly akPublic: TpmtPublic;
  readonly pcrs: ReadonlyMap<number, Bytes>;
}

const MAX_PCR = 31;

/**
 * Stage 1: bytes to structures, strict (no trailing bytes, bounded lengths, reserved bits zero).
 * @throws TpmFormatError
 */
export function parseTpmQuote(input: TpmQuoteBytes): ParsedTpmQuote {
  const pcrs = new Map<number, Bytes>();
  for (const [pcr, value] of input.pcrs) {
    if (!Number.isInteger(pcr) || pcr < 0 || pcr > MAX_PCR) {
      throw new TpmFormatError('malformed', 'PCR index', { got: pcr, want: `0 to ${MAX_PCR}` });
    }
    pcrs.set(pcr, copyBytes(value));
  }
  return {
    quote: copyBytes(input.quote),
    attest: decodeAttest(input.quote),
    signature: decodeSignature(input.signature),
    akPublic: decodePublic(input.akPublic),
    pcrs,
  };
}
