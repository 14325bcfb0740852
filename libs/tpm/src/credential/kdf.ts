import { concat, hmac as hmacOf, utf8, Writer, type Bytes } from '@asterism/bytes';
import { hashBytes, hashLength, webCryptoHash, type TpmHash } from '../structures/algorithms.ts';

/** First `bits` bits; the unused top bits of the first byte are zero (Part 1 §11.4.10.2). */
function truncate(bytes: Uint8Array, bits: number): Bytes {
  const result = new Uint8Array(bytes.subarray(0, Math.ceil(bits / 8)));
  const used = bits % 8;
  if (used !== 0) result[0] = (result[0] ?? 0) & ((1 << used) - 1);
  return result;
}

function rounds(hash: TpmHash, bits: number): number[] {
  return Array.from({ length: Math.ceil(bits / (8 * hashLength(hash))) }, (_, i) => i + 1);
}

export function hmac(hash: TpmHash, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  return hmacOf(webCryptoHash(hash), key, message);
}

/** `label ‖ 00`: the terminator is hashed once, also where the label brings its own. */
function terminated(label: string): Bytes {
  return utf8(label.endsWith('\0') ? label : `${label}\0`);
}

/** KDFa, Part 1 §11.4.10.2: SP 800-108 in counter mode with HMAC. */
export async function kdfa(
  hash: TpmHash,
  key: Uint8Array,
  label: string,
  contextU: Uint8Array,
  contextV: Uint8Array,
  bits: number,
): Promise<Bytes> {
  const blocks: Bytes[] = [];
  for (const counter of rounds(hash, bits)) {
    const message = new Writer('big')
      .u32(counter)
      .bytes(terminated(label))
      .bytes(contextU)
      .bytes(contextV)
      .u32(bits)
      .finish();
    blocks.push(await hmac(hash, key, message));
  }
  return truncate(concat(...blocks), bits);
}

/** KDFe, Part 1 §11.4.10.3: SP 800-56A concatenation KDF over an ECDH secret and both x coordinates. */
export async function kdfe(
  hash: TpmHash,
  z: Uint8Array,
  label: string,
  partyU: Uint8Array,
  partyV: Uint8Array,
  bits: number,
): Promise<Bytes> {
  const blocks: Bytes[] = [];
  for (const counter of rounds(hash, bits)) {
    const message = new Writer('big')
      .u32(counter)
      .bytes(z)
      .bytes(terminated(label))
      .bytes(partyU)
      .bytes(partyV)
      .finish();
    blocks.push(await hashBytes(hash, message));
  }
  return truncate(concat(...blocks), bits);
}

const BLOCK = 16;

async function importAes(key: Uint8Array) {
  return crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-CBC', false, ['encrypt']);
}

type AesKey = Awaited<ReturnType<typeof importAes>>;

/** WebCrypto has CBC and no CFB. */
async function cbc(key: AesKey, iv: Uint8Array, input: Uint8Array): Promise<Bytes> {
  const algorithm = { name: 'AES-CBC', iv: new Uint8Array(iv) };
  const encrypted = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(input));
  // Without the block of padding.
  return new Uint8Array(encrypted, 0, input.length);
}

/**
 * AES in 128-bit CFB (SP 800-38A §6.3), as Part 1 §11.4 and §21.3 use it. Key of 16, 24 or 32 bytes, IV of 16.
 * CBC over `IV ‖ P₁ ‖ P₂ …` from a zero IV encrypts IV, then P₁ ⊕ E(IV) = C₁, then C₂ …: the keystream, in one call.
 */
export async function aesCfbEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
  const blocks = Math.ceil(plaintext.length / BLOCK);
  const input = concat(iv, plaintext).subarray(0, blocks * BLOCK);
  const keystream = await cbc(await importAes(key), new Uint8Array(BLOCK), input);
  return plaintext.map((byte, i) => byte ^ (keystream[i] ?? 0)) as Bytes;
}

export async function aesCfbDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Bytes> {
  const imported = await importAes(key);
  const output = new Uint8Array(ciphertext.length);
  let feedback: Uint8Array = iv;
  for (let at = 0; at < ciphertext.length; at += BLOCK) {
    // The bare cipher: the first block of CBC over zeros is the encrypted IV.
    const keystream = await cbc(imported, feedback, new Uint8Array(BLOCK));
    const end = Math.min(at + BLOCK, ciphertext.length);
    for (let i = at; i < end; i++) output[i] = (ciphertext[i] ?? 0) ^ (keystream[i - at] ?? 0);
    feedback = ciphertext.subarray(at, end);
  }
  return output;
}
