import { lockDigest, lockedPcr15 } from '@asterism/attestation';
import { fromHex, sha256, toBase64url, toHex } from '@asterism/bytes';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/keys.v1.json' with { type: 'json' };
import { clusterIdOf, measurementSecretOf } from './cluster-identity.ts';
import { resultSigningKey } from './result-signing.ts';

const cluster = { scheme: 'asterism', root: fromHex(vectors.root), salt: fromHex(vectors.salt) } as const;

describe('cluster identity', () => {
  it('gives the published clusterId and lock', async () => {
    const secret = measurementSecretOf(cluster);
    expect(toHex(secret)).toBe(vectors.measurementSecret);
    const clusterId = clusterIdOf({ secret, salt: fromHex(vectors.measurementSalt) });
    expect(toHex(clusterId)).toBe(vectors.clusterId);
    for (const bank of ['sha256', 'sha384'] as const) {
      expect(toHex(await lockDigest(bank, clusterId))).toBe(vectors.lock[bank].digest);
      expect(toHex(await lockedPcr15(bank, clusterId))).toBe(vectors.lock[bank].pcr15);
    }
    expect(toHex(await sha256(clusterId))).toBe(vectors.lock.sha256.digest);
  });
});

describe('result signing', () => {
  it('gives the published P-256 key, and its private half signs for its public half', async () => {
    const key = await resultSigningKey(cluster, 1);
    expect(key.private.d).toBe(toBase64url(fromHex(vectors.resultSigning.d)));
    expect(key.public.x).toBe(toBase64url(fromHex(vectors.resultSigning.x)));
    expect(key.public.y).toBe(toBase64url(fromHex(vectors.resultSigning.y)));
    expect(key.public).not.toHaveProperty('d');
    const message = Buffer.from('result');
    const signature = sign('sha256', message, createPrivateKey({ key: { ...key.private }, format: 'jwk' }));
    expect(
      verify('sha256', message, createPublicKey({ key: { ...key.public }, format: 'jwk' }), signature),
    ).toBe(true);
  });

  it('gives another key for another version', async () => {
    expect((await resultSigningKey(cluster, 2)).public.kid).not.toBe(
      (await resultSigningKey(cluster, 1)).public.kid,
    );
  });
});
