import { mintSnp, snpField, withExtension, type MintedSnpMachine } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  VerifiedSnpReport,
  verifyReport,
  type SnpProduct,
  type SnpReport,
  type TcbVersion,
} from '../index.ts';
import { outcomeOf } from '../testing/outcome.ts';

const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const satisfies readonly SnpProduct[];

let machines: Readonly<Record<SnpProduct, MintedSnpMachine>>;
beforeAll(async () => {
  const [Milan, Genoa, Turin] = await Promise.all(PRODUCTS.map((product) => mintSnp({ product })));
  if (Milan === undefined || Genoa === undefined || Turin === undefined) throw new Error('no machine');
  machines = { Milan, Genoa, Turin };
});

/** Outcome of a signed report that differs from a genuine one. */
async function outcome(machine: MintedSnpMachine, changes: Partial<SnpReport> = {}) {
  return outcomeOf(machine.request(await machine.report(undefined, changes)));
}

describe('verifyReport', () => {
  it('makes a verified report, and nobody else does', async () => {
    const { Milan } = machines;
    const verified = await verifyReport(Milan.request(await Milan.report()));
    expect(VerifiedSnpReport.isGenuine(verified)).toBe(true);
    expect(VerifiedSnpReport.isGenuine({ ...verified })).toBe(false);
    for (const other of [undefined, null, 'report']) expect(VerifiedSnpReport.isGenuine(other)).toBe(false);
    expect(() => Reflect.construct(VerifiedSnpReport, [Symbol('made by verifyReport'), verified])).toThrow(
      TypeError,
    );
    expect(verified.chain.leaf).toBe(Milan.leaf);
    expect(() => Object.assign(verified.report, { vmpl: 3 })).toThrow(TypeError);
    expect(Object.isFrozen(verified)).toBe(true);
  });

  it('S05 reads the bytes that were signed, whatever becomes of the caller’s', async () => {
    const { Milan } = machines;
    const report = await Milan.report(Uint8Array.of(7));
    const promise = verifyReport(Milan.request(report));
    report.fill(0);
    expect((await promise).report.reportData[0]).toBe(7);
  });

  it.each([2, 3, 4, 5] as const)('takes Milan and Genoa in version %i', async (version) => {
    for (const product of ['Milan', 'Genoa'] as const) {
      expect(await outcome(await mintSnp({ product, version }))).toBe('genuine');
    }
  });

  it('S12 takes no Turin in version 2, where its TCB cannot be read', async () => {
    expect(await outcome(await mintSnp({ product: 'Turin', version: 2 }))).toBe('report-malformed');
    const milan = { ...machines.Milan.tcb };
    const machine = await mintSnp({ product: 'Turin', version: 2 });
    const tcbs = { currentTcb: milan, reportedTcb: milan, committedTcb: milan, launchTcb: milan };
    expect(await outcome(machine, tcbs)).toEqual(['tcb-mismatch']);
  });

  it.each(PRODUCTS)('takes the VLEK of %s, which names no chip', async (product) => {
    const machine = await mintSnp({ product, kind: 'VLEK', cspId: 'CN=cc.example' });
    const verified = await verifyReport(machine.request(await machine.report()));
    expect(verified.endorsement).toMatchObject({ kind: 'VLEK', cspId: 'CN=cc.example', hwId: undefined });
    expect(verified.product).toBe(product);
  });

  it('leaves arguments that are out of bounds to their own error', async () => {
    const { Milan } = machines;
    const request = { ...Milan.request(await Milan.report()), at: new Date(Number.NaN) };
    expect(await outcomeOf(request)).toBe('argument-invalid');
  });

  it('tells everything that speaks against a report', async () => {
    const { Milan } = machines;
    const report = await Milan.report(undefined, { chipId: new Uint8Array(64), signingKey: 'VLEK' });
    report[0x90] = 1;
    const request = { ...Milan.request(report), roots: [] };
    expect(await outcomeOf(request)).toEqual([
      'signature-invalid',
      'chain-refused: anchor-unknown',
      'signing-key-mismatch',
      'chip-id-mismatch',
    ]);
  });
});

const PARTS = [
  'fmc',
  'bootloader',
  'tee',
  'snp',
  'microcode',
] as const satisfies readonly (keyof TcbVersion)[];

describe('S12 report and certificate', () => {
  it.each(
    PRODUCTS.flatMap((product) =>
      PARTS.filter((part) => part !== 'fmc' || product === 'Turin').map((part) => [product, part] as const),
    ),
  )('S12 differ in the reported TCB of %s: %s', async (product, part) => {
    const machine = machines[product];
    for (const step of [1, -1]) {
      const reportedTcb = { ...machine.tcb, [part]: (machine.tcb[part] ?? 0) + step };
      expect(await outcome(machine, { reportedTcb })).toEqual(['tcb-mismatch']);
    }
  });

  it.each(['currentTcb', 'committedTcb', 'launchTcb'] as const)(
    'S12 need not agree in %s, which the key is not made for',
    async (field) => {
      const { Turin } = machines;
      expect(await outcome(Turin, { [field]: { ...Turin.tcb, snp: 9 } })).toBe('genuine');
    },
  );

  it('S12 are of one firmware: the certificate before an update is for another key', async () => {
    const { Milan } = machines;
    const newer = await Milan.updated({ ...Milan.tcb, snp: 25 });
    const request = newer.request(await newer.report());
    expect(await outcomeOf(request)).toBe('genuine');
    expect(await outcomeOf({ ...request, leaf: Milan.leaf })).toEqual(['signature-invalid', 'tcb-mismatch']);
  });

  it.each(PRODUCTS)('S12 are of one chip: %s', async (product) => {
    const machine = machines[product];
    const other = machine.chipId.map((octet, at) => (at === machine.hwId.length - 1 ? octet ^ 1 : octet));
    expect(await outcome(machine, { chipId: other })).toEqual(['chip-id-mismatch']);
    expect(await outcome(machine, { chipId: new Uint8Array(64) })).toEqual(['chip-id-mismatch']);
  });

  it('S12 are of one chip: Turin has zeros behind its 8 bytes', async () => {
    const { Turin } = machines;
    const chipId = Turin.chipId.map((octet, at) => (at === 63 ? 1 : octet));
    expect(await outcome(Turin, { chipId })).toEqual(['chip-id-mismatch']);
  });

  it('S12 are of one kind of key', async () => {
    const vlek = await mintSnp({ kind: 'VLEK' });
    expect(await outcome(vlek, { signingKey: 'VCEK' })).toEqual(['signing-key-mismatch']);
    expect(await outcome(machines.Milan, { signingKey: 'VLEK' })).toEqual(['signing-key-mismatch']);
  });

  it('S12 are signed: the firmware can be told to sign nothing', async () => {
    expect(await outcome(machines.Milan, { maskChipKey: true })).toEqual(['report-unsigned']);
    expect(await outcome(machines.Milan, { signingKey: 'none' })).toEqual([
      'report-unsigned',
      'signing-key-mismatch',
    ]);
  });

  it('S12 are of one product by CPUID, certificate, issuer and root', async () => {
    const { Milan, Genoa } = machines;
    const cpuid = { family: 0x19, model: 0x11, stepping: 1 };
    expect(await outcome(Milan, { cpuid })).toEqual(['product-mismatch']);
    const renamed = await mintSnp({ leaf: withExtension(snpField('productName', 'Genoa')) });
    expect(await outcome(renamed, { cpuid })).toEqual(['product-mismatch']);
    expect(await outcome(renamed)).toEqual(['product-mismatch', 'product-mismatch']);
    const request = Genoa.request(await Genoa.report());
    const roots = request.roots.map((root) => ({ ...root, product: 'Milan' as const }));
    expect(await outcomeOf({ ...request, roots })).toEqual(['certificate-names']);
    expect(await outcomeOf({ ...request, leaf: Milan.leaf })).toEqual([
      'signature-invalid',
      'chain-refused: issuer-missing',
      'product-mismatch',
      'tcb-mismatch',
      'chip-id-mismatch',
    ]);
  });

  it('S12 are of the product of the root that they lead to, among those of all products', async () => {
    const roots = PRODUCTS.flatMap((product) => machines[product].roots);
    for (const product of PRODUCTS) {
      const machine = machines[product];
      const verified = await verifyReport({ ...machine.request(await machine.report()), roots });
      expect(verified.product).toBe(product);
    }
  });

  it('S12 a VCEK issued by the ASVK, or a VLEK by the ASK, is neither', async () => {
    const { pki } = machines.Milan;
    const toAsvk = { issuer: pki.asvk.certificate.subject.der, signer: pki.asvk.key };
    const chip = await pki.machine({ leaf: () => toAsvk });
    const intermediates = [pki.asvk.certificate, pki.ark.certificate];
    expect(await outcomeOf({ ...chip.request(await chip.report()), intermediates })).toEqual([
      'certificate-names',
    ]);
    const { subject } = (await pki.machine({ kind: 'VLEK' })).leaf;
    const named = await pki.machine({ leaf: () => ({ ...toAsvk, subject: subject.der }) });
    expect(await outcomeOf({ ...named.request(await named.report()), intermediates })).toEqual([
      'signing-key-mismatch',
    ]);
  });
});

describe('S12 the signature', () => {
  it('S12 is of this key over these bytes', async () => {
    const { Milan } = machines;
    const other = await Milan.pki.machine({ hwId: Milan.hwId });
    expect(await outcomeOf({ ...Milan.request(await Milan.report()), leaf: other.leaf })).toEqual([
      'signature-invalid',
    ]);
  });

  it.each([
    ['r', 48, 1],
    ['s', 72 + 48, 1],
    ['r', 71, 0x80],
    ['s', 72 + 71, 0x80],
  ])('S12 has no bits of %s beyond 384: byte %i', async (_name, at, value) => {
    const { Milan } = machines;
    const report = await Milan.report();
    report[0x2a0 + at] = value;
    expect(await outcomeOf(Milan.request(report))).toEqual(['signature-invalid']);
  });

  it.each([
    ['r', 0],
    ['s', 72],
  ])('S12 has no %s of zero', async (_name, at) => {
    const { Milan } = machines;
    const report = await Milan.report();
    report.fill(0, 0x2a0 + at, 0x2a0 + at + 72);
    expect(await outcomeOf(Milan.request(report))).toEqual(['signature-invalid']);
  });
});
