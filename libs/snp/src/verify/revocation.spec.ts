import {
  keyUsage,
  mintKey,
  mintSnp,
  mintSnpPki,
  withExtension,
  type CrlOptions,
  type MintedSnpMachine,
} from '@asterism/testkit';
import { EXTENSION, type Crl } from '@asterism/x509';
import { describe, expect, it } from 'vitest';
import { verifyReport } from '../index.ts';
import { outcomeOf } from '../testing/outcome.ts';

async function outcome(machine: MintedSnpMachine, crls: readonly Crl[], requireCrl = true) {
  return outcomeOf({ ...machine.request(await machine.report()), crls, requireCrl });
}

/** Outcome of a Milan with a list of its ARK's. */
async function withList(options: CrlOptions, kind: 'VCEK' | 'VLEK' = 'VCEK') {
  const machine = await mintSnp({ kind });
  return outcome(machine, [await machine.pki.crl(options)]);
}

const serialOf = (hex: string) => Number.parseInt(hex, 16);

describe('S11 the list of the ARK', () => {
  it('S11 is looked up for the ASK and ASVK, and its absence is a fact or undecided', async () => {
    const machine = await mintSnp();
    const request = machine.request(await machine.report());
    expect((await verifyReport(request)).facts).toEqual(['revocation-unchecked']);
    expect((await verifyReport({ ...request, crls: [await machine.pki.crl()] })).facts).toEqual([]);
    expect(await outcome(machine, [])).toBe('crl-missing');
  });

  it('S11 revokes the ASK of a VCEK and the ASVK of a VLEK, and each alone', async () => {
    const { pki } = await mintSnp();
    const ask = serialOf(pki.ask.certificate.serial);
    const asvk = serialOf(pki.asvk.certificate.serial);
    expect(await withList({ revoked: [ask] })).toEqual(['chain-refused: revoked']);
    expect(await withList({ revoked: [asvk] }, 'VLEK')).toEqual(['chain-refused: revoked']);
    expect(await withList({ revoked: [asvk] })).toBe('genuine');
    expect(await withList({ revoked: [ask, 7] }, 'VLEK')).toBe('genuine');
  });

  it('S15 is not used before and after its time', async () => {
    const day = (number: number) => new Date(Date.UTC(2026, 5, number));
    expect(await withList({ thisUpdate: day(2), nextUpdate: day(9) })).toBe('crl-not-yet-valid');
    expect(await withList({ thisUpdate: new Date('2026-05-01T00:00:00Z'), nextUpdate: day(1) })).toBe(
      'crl-expired',
    );
  });

  it('S15 speaks also when it is stale beside a fresh one', async () => {
    const machine = await mintSnp();
    const { pki } = machine;
    const stale = await pki.crl({ nextUpdate: new Date('2026-05-21T00:00:00Z') });
    expect(await outcome(machine, [stale, await pki.crl()])).toBe('genuine');
    const revoked = await pki.crl({ revoked: [serialOf(pki.ask.certificate.serial)] });
    expect(await outcome(machine, [stale, revoked], false)).toEqual(['chain-refused: revoked']);
    expect(await outcome(machine, [stale], false)).toBe('crl-expired');
  });

  it('S11 is signed by the ARK, which may sign lists', async () => {
    const flip = ([first = 0, ...rest]: Uint8Array) => Uint8Array.of(first ^ 1, ...rest);
    expect(await withList({ signature: flip })).toEqual(['chain-refused: crl-signature-invalid']);
    const signer = await mintKey('rsa-pss-sha384');
    expect(await withList({ signer })).toEqual(['chain-refused: crl-signature-invalid']);
    const pki = await mintSnpPki('Milan', { ark: withExtension(keyUsage(5)) });
    expect(await outcome(await pki.machine(), [await pki.crl()])).toEqual(['chain-refused: key-usage']);
  });

  it('S11 is of this ARK: that of another product or maker says nothing', async () => {
    const machine = await mintSnp();
    const genoa = await mintSnp({ product: 'Genoa' });
    expect(await outcome(machine, [await genoa.pki.crl()])).toBe('crl-missing');
    const foreign = await mintSnpPki('Milan', { foreign: true });
    expect(await outcome(machine, [await foreign.crl()])).toBe('crl-missing');
  });

  it.each([
    ['unknown-critical-extension', '1.2.3.4'],
    ['crl-scope-unsupported', EXTENSION.deltaCrlIndicator],
    ['crl-scope-unsupported', EXTENSION.issuingDistributionPoint],
  ])('S11 is complete and says nothing unknown: %s', async (code, oid) => {
    const extensions = [{ oid, critical: true, value: Uint8Array.of(0x30, 0) }];
    expect(await withList({ extensions })).toEqual([`chain-refused: ${code}`]);
  });
});
