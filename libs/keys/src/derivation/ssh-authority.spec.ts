import { fromHex, toHex } from '@asterism/bytes';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/keys.v1.json' with { type: 'json' };
import {
  constellationKeys,
  sshAuthorityKey,
  type SshAuthorityAlgorithm,
  type SshAuthorityKind,
} from '../index.ts';
import { resultSigningKey } from './result-signing.ts';

const cluster = { scheme: 'asterism', root: fromHex(vectors.root), salt: fromHex(vectors.salt) } as const;
const KINDS: readonly SshAuthorityKind[] = ['user', 'host', 'emergency'];
const ALGORITHMS: readonly SshAuthorityAlgorithm[] = ['ed25519', 'ecdsa-p256'];

/** The key of Ed25519, the uncompressed point of P-256: hexadecimal. */
function publicHalf(key: KeyObject): string {
  const { x = '', y } = createPublicKey(key).export({ format: 'jwk' });
  const bytes = (text: string) => toHex(Buffer.from(text, 'base64url'));
  return y === undefined ? bytes(x) : `04${bytes(x)}${bytes(y)}`;
}

describe('keys of SSH authorities', () => {
  it.each(vectors.sshAuthorities)('are the published ones: $kind, $algorithm, version $version', (vector) => {
    const { kind, algorithm, version, publicKey } = vector;
    const key = sshAuthorityKey(
      cluster,
      kind as SshAuthorityKind,
      version,
      algorithm as SshAuthorityAlgorithm,
    );
    expect(publicHalf(key)).toBe(publicKey);
    expect(key.type).toBe('private');
  });

  it('S19 are all different, and none is another key of the cluster', async () => {
    const own = [cluster, constellationKeys({ masterSecret: cluster.root, salt: cluster.salt }, new Set())];
    const keys = own.flatMap((each) =>
      KINDS.flatMap((kind) =>
        ALGORITHMS.flatMap((algorithm) =>
          [1, 2].map((version) => publicHalf(sshAuthorityKey(each, kind, version, algorithm))),
        ),
      ),
    );
    const { x, y } = (await resultSigningKey(cluster, 1)).public;
    const bytes = (text: string) => toHex(Buffer.from(text, 'base64url'));
    expect(new Set([...keys, `04${bytes(x)}${bytes(y)}`]).size).toBe(keys.length + 1);
  });

  it.each([0, -1, 1.5, 2 ** 32])('have no version %d', (version) => {
    for (const algorithm of ALGORITHMS) {
      expect(() => sshAuthorityKey(cluster, 'user', version, algorithm)).toThrow(
        expect.objectContaining({ code: 'derivation-invalid' }),
      );
    }
  });
});
