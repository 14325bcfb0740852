import { concat, utf8, Writer, type Bytes } from '@asterism/bytes';
import { TpmFormatError, TpmNotGenuineError } from '../errors.ts';
import { acceptHash, hashLength, webCryptoHash, type TpmHash } from '../structures/algorithms.ts';
import {
  coordinateLength,
  type EccPublic,
  type RsaPublic,
  type TpmtPublic,
} from '../structures/public-area.ts';
import { leftPad, toSpki } from '../structures/spki.ts';
import { kdfe } from './kdf.ts';

/** Fills an array of the given length with random bytes. */
export type RandomBytes = (length: number) => Bytes;

export const webCryptoRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

export interface Encapsulated {
  /** What both sides then know. */
  readonly seed: Bytes;
  /** TPM2B_ENCRYPTED_SECRET contents (Part 2 §11.4.3), without the size prefix. */
  readonly encryptedSecret: Bytes;
}

/** Labels of Part 1 annexes B.10 and C.6: credential protection and session salt. */
export type EncapsulationLabel = 'IDENTITY' | 'SECRET' | 'DUPLICATE';

/** RSA, Part 1 annex B.4: OAEP with the name hash and the label including its terminating zero. */
async function toRsa(
  area: RsaPublic,
  hash: TpmHash,
  label: EncapsulationLabel,
  random: RandomBytes,
): Promise<Encapsulated> {
  const seed = random(hashLength(hash));
  const algorithm = { name: 'RSA-OAEP', hash: webCryptoHash(hash) };
  const key = await crypto.subtle.importKey('spki', toSpki(area), algorithm, false, ['encrypt']);
  const encrypted = await crypto.subtle.encrypt({ name: 'RSA-OAEP', label: utf8(`${label}\0`) }, key, seed);
  return { seed, encryptedSecret: new Uint8Array(encrypted) };
}

const NAMED_CURVE = { p256: 'P-256', p384: 'P-384' } as const;

/** A key for one encapsulation, with its public point uncompressed (SEC 1 §2.3.3). */
interface EphemeralKey {
  readonly privateKey: Parameters<typeof crypto.subtle.exportKey>[1];
  readonly point: Uint8Array;
}

async function generateEphemeral(area: EccPublic): Promise<EphemeralKey> {
  const algorithm = { name: 'ECDH', namedCurve: NAMED_CURVE[area.curve] };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['deriveBits']);
  return { privateKey, point: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) };
}

const UNCOMPRESSED = 4;

/** ECC, Part 1 annex C.6.1: one-pass ECDH, then KDFe over both x coordinates. */
export async function encapsulateToEcc(
  area: EccPublic,
  hash: TpmHash,
  label: EncapsulationLabel,
  ephemeral: EphemeralKey,
): Promise<Encapsulated> {
  const length = coordinateLength(area.curve);
  const algorithm = { name: 'ECDH', namedCurve: NAMED_CURVE[area.curve] };
  const ownX = leftPad(area.x, length);
  const point = concat(Uint8Array.of(UNCOMPRESSED), ownX, leftPad(area.y, length));
  const recipient = await crypto.subtle.importKey('raw', point, algorithm, false, []);
  const { privateKey } = ephemeral;
  const z = await crypto.subtle.deriveBits({ name: 'ECDH', public: recipient }, privateKey, 8 * length);
  const x = ephemeral.point.slice(1, 1 + length);
  const y = ephemeral.point.slice(1 + length);
  const seed = await kdfe(hash, new Uint8Array(z), label, x, ownX, 8 * hashLength(hash));
  return { seed, encryptedSecret: new Writer('big').sized16(x).sized16(y).finish() };
}

/**
 * Shares a seed with the TPM that holds a restricted decryption key (Part 1 §24, annexes B.10.3 and C.6.3).
 * @throws TpmNotGenuineError `algorithm-refused` for a SHA-1 key; TpmFormatError `malformed` for a point off the curve.
 */
export async function encapsulate(
  area: TpmtPublic,
  label: EncapsulationLabel,
  random: RandomBytes,
): Promise<Encapsulated> {
  const hash = acceptHash(area.nameAlg, 'key that a seed is shared with');
  if (area.type === 'keyedhash') {
    throw new TpmNotGenuineError('ek-attributes', 'key cannot decrypt', {
      got: area.type,
      want: 'rsa or ecc',
    });
  }
  try {
    if (area.type === 'rsa') return await toRsa(area, hash, label, random);
    return await encapsulateToEcc(area, hash, label, await generateEphemeral(area));
  } catch (cause) {
    if (cause instanceof TpmFormatError) throw cause;
    throw new TpmFormatError('malformed', 'key that a seed is shared with is not a usable public key', {
      cause,
    });
  }
}
