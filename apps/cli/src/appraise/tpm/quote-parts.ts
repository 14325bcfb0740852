import { fromBase64, fromHex, type Bytes } from '@asterism/bytes';
import {
  ATTESTATION_KEY_ATTRIBUTES,
  decodePublic,
  decodeSizedPublic,
  decodeSignature,
  fromSpki,
  hashLength,
  TpmFormatError,
  toObjectAttributes,
  type PcrBank,
  type QuoteInfo,
  type TpmHashName,
  type TpmtPublic,
  type TpmtSignature,
} from '@asterism/tpm';
import { parsePublicKey, X509Error } from '@asterism/x509';
import { readCertificates, textOf } from '../certificate-files.ts';

/** An attestation key from a file; `attributesKnown` is false where the file holds only the bare public key. */
export interface AttestationKeyPart {
  readonly area: TpmtPublic;
  readonly attributesKnown: boolean;
}

const ATTESTATION_KEY = toObjectAttributes([...ATTESTATION_KEY_ATTRIBUTES, 'userWithAuth']);
const PUBLIC_KEY = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/;
const DER_SEQUENCE = 0x30;

/**
 * TPMT_PUBLIC or TPM2B_PUBLIC, SubjectPublicKeyInfo in DER or PEM, or a certificate of the key. A bare key says nothing about its
 * attributes: those of an attestation key are assumed, with the scheme of the signature, and the caller must report it.
 * @throws TpmFormatError, X509Error
 */
export async function readAttestationKey(
  bytes: Bytes,
  signed: QuoteInfo,
  signature: Bytes,
): Promise<AttestationKeyPart> {
  const spki = readSpki(bytes);
  if (spki === null) return { area: readPublic(bytes), attributesKnown: true };
  const material = await fromSpki(spki);
  const wrapped = asTpmtSignature(signature);
  const hash = wrapped?.hash ?? hashOfLength(signed.pcrDigest.length);
  const common = {
    nameAlg: 'sha256',
    attributes: ATTESTATION_KEY,
    authPolicy: new Uint8Array(),
    symmetric: null,
  } as const;
  const area: TpmtPublic =
    material.type === 'rsa'
      ? {
          ...common,
          ...material,
          scheme: { scheme: wrapped?.scheme === 'rsapss' ? 'rsapss' : 'rsassa', hash },
        }
      : { ...common, ...material, scheme: { scheme: 'ecdsa', hash } };
  return { area, attributesKnown: false };
}

/** TPMT_PUBLIC, or TPM2B_PUBLIC as tools of TPMs write it: no type of object has the number of its own length. */
function readPublic(bytes: Bytes): TpmtPublic {
  const [high = 0, low = 0] = bytes;
  return (high << 8) + low === bytes.length - 2 ? decodeSizedPublic(bytes) : decodePublic(bytes);
}

/** Null where the bytes are neither a key nor a certificate of X.509. */
function readSpki(bytes: Bytes): Bytes | null {
  const body = PUBLIC_KEY.exec(textOf(bytes) ?? '')?.[1];
  if (body !== undefined) return fromBase64(body.replaceAll(/\s/g, ''));
  if (isSpki(bytes)) return bytes;
  return readCertificates(bytes)[0]?.spki ?? null;
}

function isSpki(bytes: Bytes): boolean {
  if (bytes[0] !== DER_SEQUENCE) return false;
  try {
    parsePublicKey(bytes);
    return true;
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

/**
 * A TPMT_SIGNATURE, or the bare signature of the key's own scheme: RSA as it is, ECDSA as r ‖ s or as DER.
 * @throws TpmFormatError `malformed`
 */
export function readSignature(bytes: Bytes, key: TpmtPublic): TpmtSignature {
  const wrapped = asTpmtSignature(bytes);
  if (wrapped !== null) return wrapped;
  if (key.type === 'rsa' && bytes.length === key.keyBits / 8) {
    const scheme = key.scheme?.scheme === 'rsapss' ? 'rsapss' : 'rsassa';
    return { scheme, hash: key.scheme?.hash ?? 'sha256', signature: bytes };
  }
  if (key.type === 'ecc') {
    const hash = key.scheme?.hash ?? 'sha256';
    const half = key.curve === 'p384' ? 48 : 32;
    if (bytes.length === 2 * half) {
      return { scheme: 'ecdsa', hash, r: bytes.slice(0, half), s: bytes.slice(half) };
    }
    const pair = readDerPair(bytes);
    if (pair !== null) return { scheme: 'ecdsa', hash, ...pair };
  }
  throw new TpmFormatError('malformed', 'signature is neither a TPMT_SIGNATURE nor a bare one of this key', {
    got: bytes.length,
  });
}

function asTpmtSignature(bytes: Bytes): TpmtSignature | null {
  try {
    return decodeSignature(bytes);
  } catch (error) {
    if (error instanceof TpmFormatError) return null;
    throw error;
  }
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) of two short INTEGERs. */
function readDerPair(bytes: Bytes): { readonly r: Bytes; readonly s: Bytes } | null {
  if (bytes[0] !== DER_SEQUENCE || bytes[1] !== bytes.length - 2) return null;
  const first = readDerInteger(bytes, 2);
  const second = first && readDerInteger(bytes, first.end);
  return first && second?.end === bytes.length ? { r: first.value, s: second.value } : null;
}

function readDerInteger(bytes: Bytes, at: number): { readonly value: Bytes; readonly end: number } | null {
  const length = bytes[at + 1] ?? 0;
  const end = at + 2 + length;
  if (bytes[at] !== 0x02 || length === 0 || length > 0x7f || end > bytes.length) return null;
  const padded = bytes[at + 2] === 0 && length > 1;
  return { value: bytes.slice(at + 2 + (padded ? 1 : 0), end), end };
}

/**
 * Values of the quoted PCRs from `{bank: {index: hex}}` or `{bank: [hex]}`. What the file says of other PCRs and banks
 * plays no part; a quoted PCR that it lacks stays missing and is refused later.
 * @throws TpmFormatError `malformed`
 */
export function readPcrs(json: unknown, bank: PcrBank, quoted: readonly number[]): Map<number, Bytes> {
  const banks = json as Readonly<Record<string, unknown>> | null;
  const values =
    typeof banks === 'object' && banks !== null && Object.hasOwn(banks, bank) ? banks[bank] : undefined;
  if (typeof values !== 'object' || values === null) {
    throw new TpmFormatError('malformed', `PCR values: no bank ${bank}`, {
      got: typeof banks === 'object' && banks !== null ? Object.keys(banks) : typeof banks,
      want: bank,
    });
  }
  const found = new Map<number, Bytes>();
  for (const pcr of quoted) {
    const text: unknown = (values as Readonly<Record<string, unknown>>)[String(pcr)];
    if (text === undefined || text === null) continue;
    if (typeof text !== 'string' || !/^(?:0x)?(?:[0-9a-fA-F]{2})+$/.test(text)) {
      throw new TpmFormatError('malformed', `PCR values: PCR ${pcr} is not hexadecimal`);
    }
    found.set(pcr, fromHex(text.replace(/^0x/, '')));
  }
  return found;
}

const HASHES: readonly TpmHashName[] = ['sha1', 'sha256', 'sha384', 'sha512'];

/** The digest over the PCRs is made with the signing scheme's hash (Part 3 §18.4), so its length tells that hash. */
function hashOfLength(length: number): TpmHashName {
  return HASHES.find((name) => hashLength(name) === length) ?? 'sha256';
}
