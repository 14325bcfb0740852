import { fingerprintOf, formatPublicKey, toSshPublicKey } from '@asterism/ssh';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keysInEvidence } from './attested-host-keys.ts';

const node = { id: '0197a1b2-0000-7000-8000-000000000001', name: 'workers-1', pool: 'workers' };
const [first, second] = [makeKey(), makeKey()];

function makeKey() {
  const key = toSshPublicKey(generateKeyPairSync('ed25519').publicKey);
  return { publicKey: formatPublicKey(key), fingerprint: fingerprintOf(key) };
}

function told(...keys: readonly (typeof first)[]) {
  return { node, hostKeys: keys.map((key) => ({ ...key, validBefore: '', revoked: false })) };
}

describe('host keys of verified evidence', () => {
  it('are those of the API that it carries, and no other', () => {
    expect(keysInEvidence(told(first, second), [second.fingerprint])).toEqual([second.publicKey]);
  });

  it.each([
    ['another key', [makeKey().fingerprint]],
    ['no key', []],
  ])('S07 refuses a node whose evidence carries %s', (_, attested) => {
    expect(() => keysInEvidence(told(first), attested)).toThrow(
      expect.objectContaining({ code: 'node-refused', outcome: 'policy' }),
    );
  });

  it('S07 computes the fingerprint of a key, and does not take what the API calls it', () => {
    const forged = { publicKey: first.publicKey, fingerprint: second.fingerprint };
    expect(() => keysInEvidence(told(forged), [second.fingerprint])).toThrow('another host key');
  });
});
