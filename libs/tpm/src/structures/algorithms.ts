import { digest, type Bytes, type HashAlgorithm, type Reader } from '@asterism/bytes';
import { TpmFormatError, TpmNotGenuineError } from '../errors.ts';

/** TPM_ALG_ID, TCG Algorithm Registry; the part that this room reads. */
export const TPM_ALG = {
  rsa: 0x0001,
  hmac: 0x0005,
  aes: 0x0006,
  keyedhash: 0x0008,
  xor: 0x000a,
  null: 0x0010,
  rsassa: 0x0014,
  rsaes: 0x0015,
  rsapss: 0x0016,
  oaep: 0x0017,
  ecdsa: 0x0018,
  ecdh: 0x0019,
  ecc: 0x0023,
  cfb: 0x0043,
} as const;

interface HashRow {
  readonly id: number;
  /** Bytes. */
  readonly length: number;
  /** Null where WebCrypto lacks it or where it is refused: SHA-1 is readable, so that it can be refused by name. */
  readonly webCrypto: HashAlgorithm | null;
}

const HASHES = {
  sha1: { id: 0x0004, length: 20, webCrypto: null },
  sha256: { id: 0x000b, length: 32, webCrypto: 'SHA-256' },
  sha384: { id: 0x000c, length: 48, webCrypto: 'SHA-384' },
  sha512: { id: 0x000d, length: 64, webCrypto: 'SHA-512' },
  'sm3-256': { id: 0x0012, length: 32, webCrypto: null },
  'sha3-256': { id: 0x0027, length: 32, webCrypto: null },
  'sha3-384': { id: 0x0028, length: 48, webCrypto: null },
  'sha3-512': { id: 0x0029, length: 64, webCrypto: null },
} as const satisfies Record<string, HashRow>;

/** Hash algorithms that a structure may name. */
export type TpmHashName = keyof typeof HASHES;
/** Hash algorithms that this room computes with. */
export type TpmHash = 'sha256' | 'sha384' | 'sha512';
/** PCR banks that evidence may come from. */
export type PcrBank = 'sha256' | 'sha384';

const HASH_NAMES = Object.keys(HASHES) as TpmHashName[];
const NAME_OF = new Map<number, TpmHashName>(HASH_NAMES.map((name) => [HASHES[name].id, name]));

export function hashId(name: TpmHashName): number {
  return HASHES[name].id;
}

/** Bytes of a digest. */
export function hashLength(name: TpmHashName): number {
  return HASHES[name].length;
}

function toHashName(id: number): TpmHashName | null {
  return NAME_OF.get(id) ?? null;
}

/** TPMI_ALG_HASH (Part 2 §9.29). @throws TpmFormatError `unsupported` */
export function readHash(reader: Reader): TpmHashName {
  const id = reader.u16();
  const name = toHashName(id);
  if (name === null) throw unsupported('hash algorithm', id);
  return name;
}

export function isTpmHash(name: TpmHashName): name is TpmHash {
  return HASHES[name].webCrypto !== null;
}

/** @throws TpmNotGenuineError `algorithm-refused` for SHA-1 and for what WebCrypto lacks. */
export function acceptHash(name: TpmHashName, of: string): TpmHash {
  if (!isTpmHash(name)) {
    throw new TpmNotGenuineError('algorithm-refused', `${of} uses a hash that is refused`, {
      got: name,
      want: ['sha256', 'sha384', 'sha512'],
    });
  }
  return name;
}

export function webCryptoHash(name: TpmHash): HashAlgorithm {
  return HASHES[name].webCrypto;
}

export function hashBytes(name: TpmHash, bytes: Uint8Array): Promise<Bytes> {
  return digest(webCryptoHash(name), bytes);
}

export function unsupported(what: string, id: number): TpmFormatError {
  return new TpmFormatError('unsupported', `${what} 0x${id.toString(16)} is not read here`, { got: id });
}
