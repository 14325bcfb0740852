import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { concat, fromHex, Reader, toBase64url, toHex } from '@asterism/bytes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTpmHash, type TpmHash } from '../structures/algorithms.ts';
import { decodePublic } from '../structures/public-area.ts';
import { TpmFormatError } from '../errors.ts';
import { encapsulateToEcc, type EncapsulationLabel } from './encapsulate.ts';
import { kdfa } from './kdf.ts';

/** SHA-1 (0x0004) is not computed in this room. */
const HASH = new Map<number, TpmHash>([
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
]);

function read<T>(name: string, file: string): T[] {
  return JSON.parse(readFileSync(join(VECTORS, 'kdf', name, file), 'utf8')) as T[];
}

interface KdfaVector {
  readonly HashAlg: number;
  readonly Key: string;
  readonly Label: string;
  readonly ContextU: string;
  readonly ContextV: string;
  readonly Bits: number;
  readonly Result: string;
}

interface EncapsulationVector {
  readonly Name: string;
  readonly Label: EncapsulationLabel;
  readonly EphemeralPrivate: string;
  readonly PublicKey: string;
  readonly Secret: string;
  readonly Ciphertext: string;
}

describe.skipIf(!VECTORS_PRESENT)('published vectors of TPM key derivation', () => {
  it('kdf/tpm2-kdfa: all of SHA-256, SHA-384 and SHA-512', async () => {
    let matched = 0;
    for (const vector of read<KdfaVector>('tpm2-kdfa', 'kdfa.json')) {
      const hash = HASH.get(vector.HashAlg);
      if (hash === undefined) continue;
      const [key, u, v] = [fromHex(vector.Key), fromHex(vector.ContextU), fromHex(vector.ContextV)];
      expect(toHex(await kdfa(hash, key, vector.Label, u, v, vector.Bits))).toBe(vector.Result);
      matched++;
    }
    expect(matched).toBe(73);
  });

  it('kdf/tpm2-ecc-labeled-encaps: KDFe over P-256 and P-384', async () => {
    let matched = 0;
    for (const vector of read<EncapsulationVector>('tpm2-ecc-labeled-encaps', 'ecc_labeled_encaps.json')) {
      const area = readArea(vector.PublicKey);
      if (area?.type !== 'ecc' || !isTpmHash(area.nameAlg)) continue;
      const point = new Reader(fromHex(vector.Ciphertext), 'big');
      const [x, y] = [point.sized16(), point.sized16()];
      const crv = area.curve === 'p256' ? 'P-256' : 'P-384';
      const d = toBase64url(fromHex(vector.EphemeralPrivate));
      const jwk = { kty: 'EC', crv, d, x: toBase64url(x), y: toBase64url(y) };
      const algorithm = { name: 'ECDH', namedCurve: crv };
      const ephemeral = {
        privateKey: await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['deriveBits']),
        point: concat(Uint8Array.of(4), x, y),
      };
      const { seed, encryptedSecret } = await encapsulateToEcc(area, area.nameAlg, vector.Label, ephemeral);
      expect([vector.Name, toHex(seed)]).toEqual([vector.Name, vector.Secret]);
      expect(toHex(encryptedSecret)).toBe(vector.Ciphertext);
      matched++;
    }
    expect(matched).toBe(12);
  });
});

/** Null for what this room does not read: P-521, and symmetric algorithms other than AES in CFB. */
function readArea(hex: string) {
  try {
    return decodePublic(fromHex(hex));
  } catch (error) {
    if (error instanceof TpmFormatError && error.code === 'unsupported') return null;
    throw error;
  }
}
