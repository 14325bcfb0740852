import type { CollateralNeed } from '@asterism/attestation';
import { toBase64url, toHex, utf8 } from '@asterism/bytes';
import { MINT_AT, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
import { TestClock } from '@asterism/testkit/collateral';
import { toPem } from '@asterism/x509';
import { MockAgent } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CollateralItem } from '../items/item.ts';
import { openCollateral } from '../open-collateral.ts';
import { importBundle, readBundle, toBundle, writeBundle } from './bundle.ts';

let machine: MintedSnpMachine;
let items: readonly CollateralItem[];
beforeAll(async () => {
  machine = await mintSnp();
  const chain = machine.intermediates.map(({ der }) => toPem(der)).join('');
  const { product, tcb, hwId } = machine;
  const made = { fetchedAt: MINT_AT, source: 'vendor.example', issuerChain: chain };
  items = [
    { ...made, need: { kind: 'amd-chain', product, key: 'VCEK' }, content: utf8(chain), issuerChain: null },
    { ...made, need: { kind: 'amd-crl', product, key: 'VCEK' }, content: (await machine.pki.crl()).der },
    { ...made, need: { kind: 'amd-vcek', product, chipId: toHex(hwId), tcb }, content: machine.leaf.der },
  ];
});

/** A site without a way out. */
function offlineSite(at = MINT_AT) {
  return openCollateral({
    vendors: [],
    roots: { amd: machine.roots, intel: [] },
    stores: [],
    dispatcher: new MockAgent(),
    observer: {
      met: () => undefined,
      failed: () => undefined,
      storeFailed: () => undefined,
    },
    clock: new TestClock(at),
  });
}

describe('a bundle', () => {
  it('brings collateral to a site that has no way to the vendors', async () => {
    const text = writeBundle(toBundle(items));
    const { source, shelf } = offlineSite();
    const { admitted, refused } = await importBundle(readBundle(utf8(text)), (item) => source.admit(item));
    expect([admitted.length, refused.length]).toEqual([3, 0]);
    const needs: CollateralNeed[] = items.map(({ need }) => need);
    const { collateral, missing } = await source.collect(needs, { withinMilliseconds: 1000 });
    expect(missing).toEqual([]);
    expect([collateral.certificates.length, collateral.crls.length]).toEqual([3, 1]);
    const again = shelf.items(MINT_AT).map(({ item }) => item);
    expect(readBundle(utf8(writeBundle(toBundle(again))))).toEqual(toBundle(items));
  });

  it('S15 leaves what has expired out, and tells', async () => {
    const { source } = offlineSite(new Date('2026-07-01T00:00:00Z'));
    const { admitted, refused } = await importBundle(toBundle(items), (item) => source.admit(item));
    expect(admitted.map(({ item }) => item.need.kind)).toEqual(['amd-chain', 'amd-vcek']);
    expect(refused).toEqual([
      { kind: 'amd-crl', key: 'Milan/VCEK', error: expect.objectContaining({ code: 'collateral-expired' }) },
    ]);
  });

  it('S11 leaves out what is forged, of another need, or no base64url, and nothing else', async () => {
    const { source } = offlineSite();
    const [chain, crl, vcek] = toBundle(items).items;
    if (!chain || !crl || !vcek) throw new Error('bundle is short');
    const foreign = toBase64url((await (await mintSnp({ product: 'Genoa' })).pki.crl()).der);
    const bundle = {
      schema: 'asterism/collateral/v1' as const,
      items: [
        chain,
        { ...crl, content: foreign },
        { ...vcek, key: 'Milan/x' },
        { ...vcek, content: 'A' },
        vcek,
      ],
    };
    const { admitted, refused } = await importBundle(bundle, (item) => source.admit(item));
    expect(admitted.map(({ item }) => item.need.kind)).toEqual(['amd-chain', 'amd-vcek']);
    expect(refused.map(({ error }) => error.code)).toEqual([
      'collateral-refused',
      'need-malformed',
      'item-malformed',
    ]);
  });

  it.each([
    '',
    '{',
    '[]',
    '{"schema":"asterism/collateral/v2","items":[]}',
    '{"schema":"asterism/collateral/v1"}',
  ])('is not %j', (text) => {
    expect(() => readBundle(utf8(text))).toThrowError(expect.objectContaining({ code: 'item-malformed' }));
  });
});
