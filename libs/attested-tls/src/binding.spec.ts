import { canonicalJson, canonicalJsonBytes, concat, sha256, toHex, utf8 } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attestationBinding, type BindingParts, type Role } from './binding.ts';

const parts: BindingParts = {
  exporter: new Uint8Array(32).fill(1),
  nonce: new Uint8Array(32).fill(2),
  spki: Uint8Array.of(3, 3, 3),
  claims: { purpose: 'connection', cluster: 'c', pool: 'p' },
};
const length = (value: number) => Uint8Array.of(0, 0, 0, value);

const toPlain = ({ role, exporter, nonce, spki, claims }: BindingParts & { role: Role }) => [
  ...[role, toHex(exporter), toHex(nonce), toHex(spki), canonicalJson(claims)],
];

describe('attestationBinding', () => {
  it('is the hash that protocol §1.3 writes down', async () => {
    const label = utf8('asterism/attested-tls/v1');
    const spki = await sha256(parts.spki);
    const claims = await sha256(canonicalJsonBytes({ purpose: 'connection', cluster: 'c', pool: 'p' }));
    const role = utf8('client');
    const items = [label, role, parts.exporter, parts.nonce, spki, claims];
    const framed = concat(...items.flatMap((item) => [length(item.length), item]));
    expect(toHex(await attestationBinding('client', parts))).toBe(toHex(await sha256(framed)));
  });

  it('does not depend on the order in which claims are written', async () => {
    const reordered = { pool: 'p', purpose: 'connection', cluster: 'c' };
    expect(toHex(await attestationBinding('client', { ...parts, claims: reordered }))).toBe(
      toHex(await attestationBinding('client', parts)),
    );
  });

  it.each([
    ['exporter', { exporter: new Uint8Array(32).fill(9) }],
    ['peer nonce', { nonce: new Uint8Array(32).fill(9) }],
    ['TLS key', { spki: Uint8Array.of(9) }],
    ['claims', { claims: { purpose: 'enrolment', cluster: 'c', pool: 'p' } }],
  ])('S01 changes with the %s', async (_, change) => {
    const other = await attestationBinding('client', { ...parts, ...change });
    expect(toHex(other)).not.toBe(toHex(await attestationBinding('client', parts)));
  });

  it('S01 changes with the role', async () => {
    expect(toHex(await attestationBinding('server', parts))).not.toBe(
      toHex(await attestationBinding('client', parts)),
    );
  });

  it('S01 is another for any other role, exporter, nonce, key or claims, and the same for the same', async () => {
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const claim = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const side = fc.record({
      role: fc.constantFrom<Role>('client', 'server'),
      exporter: fc.constantFrom(...fc.sample(bytes32, { seed: 1, numRuns: 2 })),
      nonce: fc.constantFrom(...fc.sample(bytes32, { seed: 2, numRuns: 2 })),
      // Also keys that are prefixes of each other, which unframed items would confuse.
      spki: fc.constantFrom(Uint8Array.of(1), Uint8Array.of(1, 1), Uint8Array.of(1, 1, 1)),
      claims: fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom('a', 'b'), claim, { maxKeys: 1 })),
    });
    await fc.assert(
      fc.asyncProperty(side, side, async (a, b) => {
        const same = JSON.stringify(toPlain(a)) === JSON.stringify(toPlain(b));
        const [first, second] = [await attestationBinding(a.role, a), await attestationBinding(b.role, b)];
        expect(first).toHaveLength(32);
        expect(toHex(first) === toHex(second)).toBe(same);
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  it.each([
    ['exporter', { exporter: new Uint8Array(31) }],
    ['nonce', { nonce: new Uint8Array(0) }],
    ['key', { spki: new Uint8Array(0) }],
  ])('S04 refuses a missing or short %s', async (_, change) => {
    await expect(attestationBinding('client', { ...parts, ...change })).rejects.toMatchObject({
      code: 'binding-invalid',
    });
  });
});
