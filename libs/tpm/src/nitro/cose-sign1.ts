import { equalBytes, fromHex, toHex, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import { CborTag, isCborArray, isCborMap, type CborValue } from './cbor/cbor.ts';
import { decodeCbor } from './cbor/decode-cbor.ts';
import { encodeCbor } from './cbor/encode-cbor.ts';

/** COSE_Sign1 (RFC 9052 §4.2) with ECDSA P-384 and SHA-384, the one algorithm of AWS's documents. */
export interface CoseSign1 {
  /** Tag 18 is optional, and AWS leaves it out. */
  readonly tagged: boolean;
  /** The serialized map, as it is signed. */
  readonly protectedHeader: Bytes;
  readonly payload: Bytes;
  /** `r ‖ s`, 48 bytes each (RFC 9053 §2.1). */
  readonly signature: Bytes;
}

const TAG_SIGN1 = 18;
/** `{1: -35}`: label `alg` (RFC 9052 §3.1), value ES384 (RFC 9053 §2.1). */
const ES384_HEADER = fromHex('a1013822');
const SIGNATURE_BYTES = 96;

/**
 * Structure only, the signature is not checked. Refused: every header but `alg` = ES384, everything in the unprotected
 * header (nobody signed it), a payload that is elsewhere.
 * @throws TpmFormatError
 */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 {
  const item = decodeCbor(bytes);
  const tagged = item instanceof CborTag;
  if (tagged && item.tag !== TAG_SIGN1) throw malformed('tag', item.tag, TAG_SIGN1);
  const parts = tagged ? item.value : item;
  if (!isCborArray(parts) || parts.length !== 4) throw malformed('structure', undefined, 'an array of four');
  const [protectedHeader, unprotected, payload, signature] = parts;
  if (!isBytes(protectedHeader)) throw malformed('protected header', undefined, 'a byte string');
  if (!equalBytes(protectedHeader, ES384_HEADER)) {
    throw new TpmFormatError('unsupported', 'COSE_Sign1: protected header is not alg ES384 alone', {
      got: toHex(protectedHeader),
      want: toHex(ES384_HEADER),
    });
  }
  if (!isCborMap(unprotected)) throw malformed('unprotected header', undefined, 'a map');
  if (unprotected.size > 0) {
    throw new TpmFormatError('unsupported', 'COSE_Sign1: unprotected header is not empty', {
      got: [...unprotected.keys()],
      want: [],
    });
  }
  if (!isBytes(payload)) throw malformed('payload', undefined, 'a byte string');
  if (!isBytes(signature)) throw malformed('signature', undefined, 'a byte string');
  if (signature.length !== SIGNATURE_BYTES) {
    throw malformed('signature length', signature.length, SIGNATURE_BYTES);
  }
  return { tagged, protectedHeader, payload, signature };
}

export function encodeCoseSign1({ tagged, protectedHeader, payload, signature }: CoseSign1): Bytes {
  const parts = [protectedHeader, new Map(), payload, signature];
  return encodeCbor(tagged ? new CborTag(TAG_SIGN1, parts) : parts);
}

/** Sig_structure (RFC 9052 §4.4) without external data: the bytes that the signature is over. */
export function toBeSigned({ protectedHeader, payload }: Omit<CoseSign1, 'tagged' | 'signature'>): Bytes {
  return encodeCbor(['Signature1', protectedHeader, new Uint8Array(), payload]);
}

/** A document's own header, for who makes one. */
export const NITRO_PROTECTED_HEADER = ES384_HEADER;

function isBytes(value: CborValue | undefined): value is Bytes {
  return value instanceof Uint8Array;
}

function malformed(what: string, got: unknown, want: unknown): TpmFormatError {
  return new TpmFormatError('malformed', `COSE_Sign1: ${what}`, { got, want });
}
