import { mintKey } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { ecdsaDerToRaw } from './ecdsa.ts';
import { verifyRawEcdsa } from './verify-signature.ts';

const DATA = Uint8Array.of(1, 2, 3);
const P384 = { curve: 'P-384', hash: 'SHA-384' } as const;
const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('verifyRawEcdsa', () => {
  it('takes r and s one behind the other, and nothing longer, shorter or changed', async () => {
    const key = await mintKey('ecdsa-p384');
    const raw = ecdsaDerToRaw(await key.sign(DATA), 'P-384');
    await verifyRawEcdsa(key.spki, P384, DATA, raw);
    const invalid = refused('signature-invalid');
    for (const other of [raw.subarray(1), Uint8Array.of(0, ...raw), raw.toReversed(), new Uint8Array(96)]) {
      await expect(verifyRawEcdsa(key.spki, P384, DATA, other)).rejects.toThrow(invalid);
    }
    await expect(verifyRawEcdsa(key.spki, P384, Uint8Array.of(1, 2), raw)).rejects.toThrow(invalid);
    const p256 = { curve: 'P-384', hash: 'SHA-256' } as const;
    await expect(verifyRawEcdsa(key.spki, p256, DATA, raw)).rejects.toThrow(invalid);
  });

  it.each(['ecdsa-p256', 'ecdsa-p521', 'rsa-2048', 'ed25519'] as const)(
    'refuses a key of kind %s where P-384 is asked for',
    async (kind) => {
      const { spki } = await mintKey(kind);
      await expect(verifyRawEcdsa(spki, P384, DATA, new Uint8Array(96))).rejects.toThrow(
        refused('algorithm-refused'),
      );
    },
  );

  it('tells a key that is no point of the curve from a wrong signature', async () => {
    const { spki } = await mintKey('ecdsa-p384');
    spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1;
    await expect(verifyRawEcdsa(spki, P384, DATA, new Uint8Array(96))).rejects.toThrow(
      refused('key-malformed'),
    );
  });
});
