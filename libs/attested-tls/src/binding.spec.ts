import { canonicalJsonBytes, concat, sha256, toHex, utf8 } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { attestationBinding, type BindingParts } from './binding.ts';

const parts: BindingParts = {
  exporter: new Uint8Array(32).fill(1),
  nonce: new Uint8Array(32).fill(2),
  spki: Uint8Array.of(3, 3, 3),
  claims: { purpose: 'connection', cluster: 'c', pool: 'p' },
};
const length = (value: number) => Uint8Array.of(0, 0, 0, value);

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
