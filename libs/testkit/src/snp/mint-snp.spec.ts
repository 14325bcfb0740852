import { parseCertificateTable, verifyReport } from '@asterism/snp';
import { describe, expect, it } from 'vitest';
import { mintSnp } from './mint-snp.ts';

describe('mintSnp', () => {
  it.each([
    ['Milan', 'VCEK', 2],
    ['Milan', 'VCEK', 3],
    ['Milan', 'VLEK', 5],
    ['Genoa', 'VCEK', 3],
    ['Genoa', 'VLEK', 4],
    ['Genoa', 'VCEK', 5],
    ['Turin', 'VCEK', 3],
    ['Turin', 'VLEK', 5],
  ] as const)('mints a genuine report: %s, %s, version %i', async (product, kind, version) => {
    const machine = await mintSnp({ product, kind, version });
    const { leaf, intermediates, roots, at } = machine;
    const report = await machine.report(Uint8Array.of(1, 2, 3), { vmpl: 1 });
    const crls = [await machine.pki.crl()];
    const verified = await verifyReport({ report, leaf, intermediates, roots, at, crls, requireCrl: true });
    expect(verified).toMatchObject({ product, facts: [], report: { vmpl: 1 }, endorsement: { kind } });
    expect([...verified.report.reportData.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect(parseCertificateTable(machine.certificateTable()).map(({ data }) => data)).toEqual(
      [leaf, ...intermediates].map(({ der }) => der),
    );
  });

  it('keeps the chip and changes the key when its firmware is updated', async () => {
    const machine = await mintSnp();
    const newer = await machine.updated({ ...machine.tcb, snp: 25 });
    expect(newer.chipId).toEqual(machine.chipId);
    expect(newer.leafKey.spki).not.toEqual(machine.leafKey.spki);
  });
});
