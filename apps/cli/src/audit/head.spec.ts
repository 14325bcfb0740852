import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyHead } from './head.ts';

const HASH = 'ab'.repeat(32);
let sign: (claims: Record<string, unknown>) => Promise<string>;
let jwks: unknown;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] };
  sign = (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
});

describe('S30 signed head of the audit log', () => {
  it('holds over the recomputed chain', async () => {
    const head = { sequence: 7, hash: HASH, signature: await sign({ sequence: 7, hash: HASH }) };
    expect(await verifyHead(head, { sequence: 7, hash: HASH }, jwks)).toBeNull();
  });

  it('shows that records were cut off the end', async () => {
    const head = { sequence: 7, hash: HASH, signature: await sign({ sequence: 7, hash: HASH }) };
    expect(await verifyHead(head, null, jwks)).toMatchObject({ reason: expect.stringContaining('missing') });
  });

  it('shows that the chain was written anew', async () => {
    const head = { sequence: 7, hash: HASH, signature: await sign({ sequence: 7, hash: HASH }) };
    const anew = { sequence: 7, hash: 'cd'.repeat(32) };
    expect(await verifyHead(head, anew, jwks)).toMatchObject({
      sequence: 7,
      reason: expect.stringContaining('signed'),
    });
  });

  it('does not take the words around the signature for what was signed', async () => {
    const head = { sequence: 9, hash: HASH, signature: await sign({ sequence: 7, hash: HASH }) };
    expect(await verifyHead(head, { sequence: 9, hash: HASH }, jwks)).not.toBeNull();
  });

  it('does not take a signature of another key, or none', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const other = await new SignJWT({ sequence: 7, hash: HASH })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(privateKey);
    const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa('{}')}.`;
    for (const signature of [other, none, '']) {
      const broken = await verifyHead(
        { sequence: 7, hash: HASH, signature },
        { sequence: 7, hash: HASH },
        jwks,
      );
      expect(broken).toMatchObject({ reason: expect.stringContaining('signature') });
    }
  });
});
