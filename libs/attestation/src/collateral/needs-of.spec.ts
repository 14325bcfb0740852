import { toHex } from '@asterism/bytes';
import { parseReport } from '@asterism/snp';
import { mintSnp } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { collateralNeedsOf } from './needs-of.ts';

describe('collateralNeedsOf a report', () => {
  it('is the chain, the list and the certificate of its chip', async () => {
    const machine = await mintSnp({ product: 'Genoa' });
    const report = parseReport(await machine.report());
    expect(collateralNeedsOf({ snp: { report, certificates: [] }, tdx: null })).toEqual([
      { kind: 'amd-chain', product: 'Genoa', key: 'VCEK' },
      { kind: 'amd-crl', product: 'Genoa', key: 'VCEK' },
      { kind: 'amd-vcek', product: 'Genoa', chipId: toHex(machine.hwId), tcb: machine.tcb },
    ]);
  });

  it('names a chip of Turin by its 8 bytes', async () => {
    const machine = await mintSnp({ product: 'Turin' });
    const report = parseReport(await machine.report());
    const [, , vcek] = collateralNeedsOf({ snp: { report, certificates: [] }, tdx: null });
    expect(vcek).toMatchObject({ kind: 'amd-vcek', chipId: toHex(machine.hwId) });
    expect(toHex(machine.hwId)).toHaveLength(16);
  });

  it('does not ask for a certificate that came along, but for lists always', async () => {
    const machine = await mintSnp();
    const report = parseReport(await machine.report());
    const needs = collateralNeedsOf({ snp: { report, certificates: [machine.leaf] }, tdx: null });
    expect(needs.map(({ kind }) => kind)).toEqual(['amd-chain', 'amd-crl']);
  });

  it('asks for no certificate of a provider, which its vendor does not publish', async () => {
    const machine = await mintSnp({ kind: 'VLEK' });
    const report = parseReport(await machine.report());
    const needs = collateralNeedsOf({ snp: { report, certificates: [] }, tdx: null });
    expect(needs).toEqual([
      { kind: 'amd-chain', product: 'Milan', key: 'VLEK' },
      { kind: 'amd-crl', product: 'Milan', key: 'VLEK' },
    ]);
  });

  it('asks for no certificate of a chip that hides its identifier', async () => {
    const machine = await mintSnp();
    const report = parseReport(await machine.report(undefined, { chipId: new Uint8Array(64) }));
    const needs = collateralNeedsOf({ snp: { report, certificates: [] }, tdx: null });
    expect(needs.map(({ kind }) => kind)).toEqual(['amd-chain', 'amd-crl']);
  });

  it('asks for both products that had reports without CPUID', async () => {
    const machine = await mintSnp({ version: 2 });
    const report = parseReport(await machine.report());
    const needs = collateralNeedsOf({ snp: { report, certificates: [] }, tdx: null });
    expect(needs.map((need) => 'product' in need && need.product)).toEqual([
      ...Array<string>(3).fill('Milan'),
      ...Array<string>(3).fill('Genoa'),
    ]);
    const told = collateralNeedsOf({ snp: { report, certificates: [machine.leaf] }, tdx: null });
    expect(told).toEqual([
      { kind: 'amd-chain', product: 'Milan', key: 'VCEK' },
      { kind: 'amd-crl', product: 'Milan', key: 'VCEK' },
    ]);
  });

  it('is nothing for a report that nobody signed', async () => {
    const machine = await mintSnp();
    const report = parseReport(await machine.report(undefined, { signingKey: 'none' }));
    expect(collateralNeedsOf({ snp: { report, certificates: [machine.leaf] }, tdx: null })).toEqual([]);
  });

  it('is nothing for evidence without a TEE', () => {
    expect(collateralNeedsOf({ snp: null, tdx: null })).toEqual([]);
  });
});
