import { copyBytes } from '@asterism/bytes';
import { mintKey } from '@asterism/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { derBitString, derNull, derOid, derSequence, derUnsignedInteger } from '../der/writer.ts';
import { importPublicKey, knownPublicKey } from './known-keys.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

describe('known keys', () => {
  it('are read and imported once for the same bytes', async () => {
    const { spki } = await mintKey();
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    const key = await importPublicKey(spki, P256);
    expect(await importPublicKey(copyBytes(spki), P256)).toBe(key);
    expect(knownPublicKey(copyBytes(spki))).toBe(knownPublicKey(spki));
    expect(importKey).toHaveBeenCalledTimes(1);
  });

  it('are imported for each algorithm of their own', async () => {
    const { spki } = await mintKey('rsa-pss-sha384');
    const keys = await Promise.all(
      (['SHA-256', 'SHA-384'] as const).map((hash) => importPublicKey(spki, { name: 'RSA-PSS', hash })),
    );
    expect(keys.map(({ algorithm }) => (algorithm as unknown as { hash: object }).hash)).toEqual([
      { name: 'SHA-256' },
      { name: 'SHA-384' },
    ]);
  });

  it('are not those that only have the same index', async () => {
    const { spki } = await mintKey();
    const known = await importPublicKey(spki, P256);
    const other = copyBytes(spki);
    // In the x coordinate: no point of the curve any more.
    other[30] = (other[30] ?? 0) ^ 1;
    await expect(importPublicKey(other, P256)).rejects.toMatchObject({ code: 'key-malformed' });
    expect(await importPublicKey(spki, P256)).not.toBe(known);
  });

  it('are their own: the caller’s bytes may change', async () => {
    const { spki } = await mintKey();
    const given = copyBytes(spki);
    const known = await importPublicKey(given, P256);
    given.fill(0, 0, 30);
    expect(await importPublicKey(spki, P256)).toBe(known);
  });

  it('that are longer than any that signs are read each time', () => {
    const spki = (bytes: number) => {
      const modulus = derUnsignedInteger(new Uint8Array(bytes).fill(0xff));
      const key = derBitString(derSequence(modulus, derUnsignedInteger(65537)));
      return derSequence(derSequence(derOid('1.2.840.113549.1.1.1'), derNull()), key);
    };
    expect(knownPublicKey(spki(2048))).not.toBe(knownPublicKey(spki(2048)));
    expect(knownPublicKey(spki(1024))).toBe(knownPublicKey(spki(1024)));
  });

  it('are forgotten before they fill the memory', async () => {
    const { spki } = await mintKey();
    const first = knownPublicKey(spki);
    for (let i = 0; i < 1024; i++) {
      const other = copyBytes(spki);
      new DataView(other.buffer).setUint32(other.length - 10, i);
      knownPublicKey(other);
    }
    expect(knownPublicKey(spki)).not.toBe(first);
  });
});
