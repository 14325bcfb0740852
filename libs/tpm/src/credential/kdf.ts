import { concat, utf8, Writer, type Bytes } from '@asterism/bytes';
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

/** HMAC with a WebCrypto hash. A zero-length key, which WebCrypto refuses, equals one zero byte (RFC 2104 §2 pads with zeros). */
export async function hmac(hash: TpmHash, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const raw = key.length === 0 ? new Uint8Array(1) : new Uint8Array(key);
  const algorithm = { name: 'HMAC', hash: webCryptoHash(hash) };
  const imported = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, new Uint8Array(message)));
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

async function aesBlockEncryptor(key: Uint8Array): Promise<(block: Uint8Array) => Promise<Bytes>> {
  const imported = await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-CBC', false, ['encrypt']);
  const zero = new Uint8Array(BLOCK);
  // WebCrypto has CBC and no CFB: the first CBC block over zeros is the bare cipher applied to the IV.
  return async (block) => {
    const encrypted = await crypto.subtle.encrypt(
      { name: 'AES-CBC', iv: new Uint8Array(block) },
      imported,
      zero,
    );
    return new Uint8Array(encrypted, 0, BLOCK);
  };
}

async function cfb(key: Uint8Array, iv: Uint8Array, input: Uint8Array, decrypt: boolean): Promise<Bytes> {
  const encryptBlock = await aesBlockEncryptor(key);
  const output = new Uint8Array(input.length);
  let feedback: Uint8Array = iv;
  for (let at = 0; at < input.length; at += BLOCK) {
    const keystream = await encryptBlock(feedback);
    const end = Math.min(at + BLOCK, input.length);
    for (let i = at; i < end; i++) output[i] = (input[i] ?? 0) ^ (keystream[i - at] ?? 0);
    feedback = (decrypt ? input : output).subarray(at, end);
  }
  return output;
}

/** AES in 128-bit CFB (SP 800-38A §6.3), as Part 1 §11.4 and §21.3 use it. Key of 16, 24 or 32 bytes, IV of 16. */
export function aesCfbEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Promise<Bytes> {
  return cfb(key, iv, plaintext, false);
}

export function aesCfbDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Bytes> {
  return cfb(key, iv, ciphertext, true);
}
