import { canonicalJsonBytes, concat, sha256, toHex, utf8, type Bytes, type Json } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verificationBinding } from './binding.ts';

const clusterId = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(32).fill(2);
const nodeId = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const claims: Json = { purpose: 'verification', sshHostKeys: [] };

/** `frame` of the protocol, written down once more. */
function framed(...items: readonly Uint8Array[]): Bytes {
  return concat(
    ...items.flatMap((item) => [Uint8Array.of(0, 0, item.length >> 8, item.length & 0xff), item]),
  );
}
const hashOf = (value: Json) => sha256(canonicalJsonBytes(value));

describe('verificationBinding', () => {
  it('S08 is the hash that protocol §4 writes down, under a label of its own', async () => {
    const items = [utf8('asterism/verify/v1'), clusterId, utf8(nodeId), nonce, await hashOf(claims)];
    expect(toHex(await verificationBinding(clusterId, nodeId, nonce, claims))).toBe(
      toHex(await sha256(framed(...items))),
    );
  });

  it('S08 is that of no connection, whatever nonce, node and claims the caller picks', async () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        bytes32,
        bytes32,
        fc.string(),
        fc.constantFrom('client', 'server'),
        async (picked, exporter, node, role) => {
          const label = utf8('asterism/attested-tls/v1');
          const [spki, stated] = [await sha256(exporter), await hashOf(claims)];
          seen.add(toHex(await sha256(framed(label, utf8(role), exporter, picked, spki, stated))));
          // The caller lays out what he controls as a connection would: the exporter as cluster, the role as node.
          for (const name of [node, role]) {
            expect(seen.has(toHex(await verificationBinding(exporter, name, picked, claims)))).toBe(false);
          }
        },
      ),
      { seed: 8, numRuns: 200 },
    );
  });

  it.each([
    ['cluster', () => verificationBinding(new Uint8Array(32), nodeId, nonce, claims)],
    ['node', () => verificationBinding(clusterId, nodeId.replace('0', '1'), nonce, claims)],
    ['nonce', () => verificationBinding(clusterId, nodeId, new Uint8Array(32), claims)],
    ['claims', () => verificationBinding(clusterId, nodeId, nonce, { purpose: 'verification' })],
  ])('S01 changes with the %s', async (_what, other) => {
    expect(toHex(await other())).not.toBe(toHex(await verificationBinding(clusterId, nodeId, nonce, claims)));
  });

  it.each([
    ['cluster identity', new Uint8Array(31), nonce],
    ['nonce', clusterId, new Uint8Array(33)],
  ])('S04 refuses a %s that is not 32 bytes', async (_what, cluster, picked) => {
    await expect(verificationBinding(cluster, nodeId, picked, claims)).rejects.toMatchObject({
      code: 'binding-malformed',
    });
  });
});
