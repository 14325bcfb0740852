import { concat, Writer, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import {
  acceptHash,
  hashBytes,
  hashId,
  hashLength,
  readHash,
  TPM_ALG,
  unsupported,
  type TpmHashName,
} from './algorithms.ts';
import { readObjectAttributes } from './attributes.ts';
import {
  readEccScheme,
  readRsaScheme,
  readSymmetric,
  writeScheme,
  writeSymmetric,
  type EccScheme,
  type RsaScheme,
  type SymmetricDefinition,
} from './schemes.ts';

interface PublicCommon {
  readonly nameAlg: TpmHashName;
  /** TPMA_OBJECT; see `OBJECT_ATTRIBUTE`. */
  readonly attributes: number;
  readonly authPolicy: Bytes;
}

export interface RsaPublic extends PublicCommon {
  readonly type: 'rsa';
  readonly symmetric: SymmetricDefinition | null;
  readonly scheme: RsaScheme | null;
  readonly keyBits: number;
  /** 0 stands for 65537. */
  readonly exponent: number;
  /** Big-endian; empty in a template. */
  readonly modulus: Bytes;
}

export type EccCurve = 'p256' | 'p384';

export interface EccPublic extends PublicCommon {
  readonly type: 'ecc';
  readonly symmetric: SymmetricDefinition | null;
  readonly scheme: EccScheme | null;
  readonly curve: EccCurve;
  readonly x: Bytes;
  readonly y: Bytes;
}

/** HMAC keys and sealed data. */
export interface KeyedHashPublic extends PublicCommon {
  readonly type: 'keyedhash';
  /** TPMT_KEYEDHASH_SCHEME, HMAC only; null is TPM_ALG_NULL. */
  readonly hmac: TpmHashName | null;
  readonly unique: Bytes;
}

/** TPMT_PUBLIC, Part 2 §12.2.4. */
export type TpmtPublic = RsaPublic | EccPublic | KeyedHashPublic;

const CURVES = { p256: { id: 0x0003, length: 32 }, p384: { id: 0x0004, length: 48 } } as const;

/** Bytes of a coordinate. */
export function coordinateLength(curve: EccCurve): number {
  return CURVES[curve].length;
}

const RSA_KEY_BITS = [1024, 2048, 3072, 4096];

function readRsa(reader: Reader, common: PublicCommon): RsaPublic {
  const symmetric = readSymmetric(reader);
  const scheme = readRsaScheme(reader);
  const keyBits = reader.u16();
  if (!RSA_KEY_BITS.includes(keyBits)) throw unsupported('RSA key size', keyBits);
  const exponent = reader.u32();
  const modulus = reader.sized16(keyBits / 8);
  if (modulus.length !== 0 && modulus.length !== keyBits / 8) {
    throw new TpmFormatError('malformed', 'TPMT_PUBLIC: modulus does not have the size of the key', {
      got: modulus.length,
      want: keyBits / 8,
    });
  }
  return { ...common, type: 'rsa', symmetric, scheme, keyBits, exponent, modulus };
}

function readEcc(reader: Reader, common: PublicCommon): EccPublic {
  const symmetric = readSymmetric(reader);
  const scheme = readEccScheme(reader);
  const curveId = reader.u16();
  const curve = (['p256', 'p384'] as const).find((name) => CURVES[name].id === curveId);
  if (curve === undefined) throw unsupported('curve', curveId);
  const kdf = reader.u16();
  if (kdf !== TPM_ALG.null) throw unsupported('key derivation scheme', kdf);
  const { length } = CURVES[curve];
  const x = reader.sized16(length);
  const y = reader.sized16(length);
  return { ...common, type: 'ecc', symmetric, scheme, curve, x, y };
}

function readKeyedHash(reader: Reader, common: PublicCommon): KeyedHashPublic {
  const scheme = reader.u16();
  if (scheme !== TPM_ALG.null && scheme !== TPM_ALG.hmac) throw unsupported('keyed hash scheme', scheme);
  const hmac = scheme === TPM_ALG.hmac ? readHash(reader) : null;
  return { ...common, type: 'keyedhash', hmac, unique: reader.sized16(64) };
}

const READ_TYPE = new Map<number, (reader: Reader, common: PublicCommon) => TpmtPublic>([
  [TPM_ALG.rsa, readRsa],
  [TPM_ALG.ecc, readEcc],
  [TPM_ALG.keyedhash, readKeyedHash],
]);

function readPublic(reader: Reader): TpmtPublic {
  const type = reader.u16();
  const readType = READ_TYPE.get(type);
  if (readType === undefined) throw unsupported('object type', type);
  const nameAlg = readHash(reader);
  const attributes = readObjectAttributes(reader);
  const authPolicy = reader.sized16(64);
  if (authPolicy.length !== 0 && authPolicy.length !== hashLength(nameAlg)) {
    throw new TpmFormatError(
      'malformed',
      'TPMT_PUBLIC: policy digest does not have the size of the name hash',
      {
        got: authPolicy.length,
        want: hashLength(nameAlg),
      },
    );
  }
  return readType(reader, { nameAlg, attributes, authPolicy });
}

/**
 * Decodes one TPMT_PUBLIC and nothing after it. RSA, ECC P-256 and P-384, keyed hash.
 * @throws TpmFormatError
 */
export function decodePublic(bytes: Uint8Array): TpmtPublic {
  return readStructure('TPMT_PUBLIC', bytes, readPublic);
}

export function encodePublic(area: TpmtPublic): Bytes {
  const writer = new Writer('big')
    .u16(TPM_ALG[area.type])
    .u16(hashId(area.nameAlg))
    .u32(area.attributes)
    .sized16(area.authPolicy);
  if (area.type === 'keyedhash') {
    if (area.hmac === null) writer.u16(TPM_ALG.null);
    else writer.u16(TPM_ALG.hmac).u16(hashId(area.hmac));
    return writer.sized16(area.unique).finish();
  }
  writeSymmetric(writer, area.symmetric);
  writeScheme(writer, area.scheme);
  if (area.type === 'rsa') {
    return writer.u16(area.keyBits).u32(area.exponent).sized16(area.modulus).finish();
  }
  return writer.u16(CURVES[area.curve].id).u16(TPM_ALG.null).sized16(area.x).sized16(area.y).finish();
}

/** TPM2B_PUBLIC, Part 2 §12.2.5: a TPMT_PUBLIC behind its 16-bit length. */
export function decodeSizedPublic(bytes: Uint8Array): TpmtPublic {
  return decodePublic(readStructure('TPM2B_PUBLIC', bytes, (reader) => reader.sized16()));
}

export function encodeSizedPublic(area: TpmtPublic): Bytes {
  return new Writer('big').sized16(encodePublic(area)).finish();
}

/**
 * Name of an object, Part 1 §16: `nameAlg ‖ H(TPMT_PUBLIC)`.
 * @throws TpmNotGenuineError `algorithm-refused` for a SHA-1 name.
 */
export async function toTpmName(area: TpmtPublic): Promise<Bytes> {
  const hash = acceptHash(area.nameAlg, 'object name');
  return concat(new Writer('big').u16(hashId(hash)).finish(), await hashBytes(hash, encodePublic(area)));
}
