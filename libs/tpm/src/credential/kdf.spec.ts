import { concat, fromHex, toHex, utf8, type Bytes } from '@asterism/bytes';
import fc from 'fast-check';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TpmHash } from '../structures/algorithms.ts';
import { aesCfbDecrypt, aesCfbEncrypt, hmac, kdfa, kdfe } from './kdf.ts';

const hash = fc.constantFrom<TpmHash>('sha256', 'sha384', 'sha512');
const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const be32 = (value: number): Bytes => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** The first block of KDFa as Part 1 §11.4.10.2 writes it, by node:crypto. */
function kdfaBlock(name: TpmHash, key: Uint8Array, counter: number, rest: Uint8Array): Buffer {
  return createHmac(name, key).update(be32(counter)).update(rest).digest();
}

describe('AES-CFB', () => {
  it('gives the vector of SP 800-38A F.3.13', async () => {
    const key = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
    const iv = fromHex('000102030405060708090a0b0c0d0e0f');
    const plaintext = fromHex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51');
    const ciphertext = '3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b';
    expect(toHex(await aesCfbEncrypt(key, iv, plaintext))).toBe(ciphertext);
    expect(toHex(await aesCfbDecrypt(key, iv, fromHex(ciphertext)))).toBe(toHex(plaintext));
  });

  it('is that of OpenSSL for every key size and length, and decrypts what it encrypts', async () => {
    const key = fc.constantFrom(16, 24, 32).chain((length) => bytes(length));
    await fc.assert(
      fc.asyncProperty(key, bytes(16), bytes(0, 70), async (k, iv, plaintext) => {
        const cipher = createCipheriv(`aes-${8 * k.length}-cfb`, k, iv);
        const encrypted = await aesCfbEncrypt(k, iv, plaintext);
        expect(toHex(encrypted)).toBe(
          Buffer.concat([cipher.update(plaintext), cipher.final()]).toString('hex'),
        );
        expect(toHex(await aesCfbDecrypt(k, iv, encrypted))).toBe(toHex(plaintext));
      }),
      { seed: 38, numRuns: 60 },
    );
  });
});

describe('HMAC and key derivation', () => {
  it('HMAC is that of OpenSSL, with an empty key too', async () => {
    await fc.assert(
      fc.asyncProperty(hash, bytes(0, 150), bytes(0, 100), async (name, key, message) => {
        expect(toHex(await hmac(name, key, message))).toBe(
          createHmac(name, key).update(message).digest('hex'),
        );
      }),
      { seed: 2, numRuns: 60, examples: [['sha256', new Uint8Array(), utf8('empty key')]] },
    );
  });

  it('KDFa is counter-mode HMAC over label, contexts and length, as many blocks as are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        hash,
        bytes(0, 64),
        bytes(0, 40),
        bytes(0, 40),
        fc.integer({ min: 1, max: 1200 }),
        async (name, key, u, v, bits) => {
          const rest = concat(utf8('LABEL\0'), u, v, be32(bits));
          const blocks = Buffer.concat([1, 2, 3, 4, 5].map((counter) => kdfaBlock(name, key, counter, rest)));
          const want = new Uint8Array(blocks.subarray(0, Math.ceil(bits / 8)));
          if (bits % 8 !== 0) want[0] = (want[0] ?? 0) & ((1 << (bits % 8)) - 1);
          expect(toHex(await kdfa(name, key, 'LABEL', u, v, bits))).toBe(toHex(want));
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('KDFe is counter-mode hashing over Z, label and both parties', async () => {
    const [z, u, v] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
    if (z === undefined || u === undefined || v === undefined) throw new Error('three values');
    const block = (counter: number) =>
      createHash('sha256')
        .update(concat(be32(counter), z, utf8('IDENTITY\0'), u, v))
        .digest('hex');
    expect(toHex(await kdfe('sha256', z, 'IDENTITY', u, v, 384))).toBe(`${block(1)}${block(2)}`.slice(0, 96));
    expect(toHex(await kdfe('sha256', z, 'IDENTITY\0', u, v, 256))).toBe(block(1));
  });
});
