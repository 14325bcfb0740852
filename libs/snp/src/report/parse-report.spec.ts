import { copyBytes } from '@asterism/bytes';
import { MINT_TCB, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeReport,
  parseReport,
  SnpInputError,
  type ReportVersion,
  type SnpProduct,
  type SnpReport,
} from '../index.ts';

let machines: ReadonlyMap<string, { readonly machine: MintedSnpMachine; readonly report: Uint8Array }>;
const COMBINATIONS = [
  ['Milan', 2],
  ['Milan', 3],
  ['Genoa', 4],
  ['Genoa', 5],
  ['Turin', 3],
  ['Turin', 5],
] as const satisfies readonly (readonly [SnpProduct, ReportVersion])[];

beforeAll(async () => {
  const mint = async (product: SnpProduct, version: ReportVersion) => {
    const machine = await mintSnp({ product, version });
    return [`${product} ${version}`, { machine, report: await machine.report() }] as const;
  };
  machines = new Map(await Promise.all(COMBINATIONS.map(([product, version]) => mint(product, version))));
});

function minted(product: SnpProduct, version: ReportVersion) {
  const found = machines.get(`${product} ${version}`);
  if (found === undefined) throw new Error('no such machine');
  return found;
}

const reportOf = (product: SnpProduct, version: ReportVersion) => copyBytes(minted(product, version).report);

function codeOf(bytes: Uint8Array): string {
  try {
    parseReport(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof SnpInputError) return error.code;
    throw error;
  }
}

function edited(
  product: SnpProduct,
  version: ReportVersion,
  at: number,
  ...values: readonly number[]
): string {
  const bytes = reportOf(product, version);
  bytes.set(values, at);
  return codeOf(bytes);
}

describe('parseReport', () => {
  it.each(COMBINATIONS)('reads every field of a %s in version %i', async (product, version) => {
    const changes: Partial<SnpReport> = {
      guestSvn: 3,
      familyId: new Uint8Array(16).fill(1),
      imageId: new Uint8Array(16).fill(2),
      vmpl: 0xffffffff,
      authorKeyEn: true,
      measurement: new Uint8Array(48).fill(3),
      hostData: new Uint8Array(32).fill(4),
      idKeyDigest: new Uint8Array(48).fill(5),
      authorKeyDigest: new Uint8Array(48).fill(6),
      reportId: new Uint8Array(32).fill(7),
      reportIdMa: new Uint8Array(32).fill(8),
      currentTcb: { ...MINT_TCB[product], snp: 101 },
      committedTcb: { ...MINT_TCB[product], snp: 102 },
      launchTcb: { ...MINT_TCB[product], snp: 103 },
      currentVersion: { major: 1, minor: 2, build: 3 },
      committedVersion: { major: 4, minor: 5, build: 6 },
      mitigations: version === 5 ? { launch: 1n, current: 1n << 63n } : undefined,
    };
    const { machine } = minted(product, version);
    const reportData = new Uint8Array(64).fill(9);
    const bytes = await machine.report(reportData, changes);
    const { signature, ...read } = parseReport(bytes);
    expect({ ...read, signature }).toEqual({ ...machine.content(reportData, changes), signature });
    expect([signature.r.length, signature.s.length]).toEqual([72, 72]);
    expect(encodeReport({ ...read, signature })).toEqual(bytes);
  });

  it('encodes what it read, whatever the guest, host and platform chose', () => {
    const bytes = fc.record({
      reportData: fc.uint8Array({ minLength: 64, maxLength: 64 }),
      measurement: fc.uint8Array({ minLength: 48, maxLength: 48 }),
      hostData: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      vmpl: fc.nat(0xffffffff),
      guestSvn: fc.nat(0xffffffff),
      policy: fc.nat(0x3ff),
      info: fc.nat(0xff),
      flags: fc.constantFrom(0, 1, 2, 3, 4, 5),
      tcb: fc.array(fc.nat(255), { minLength: 5, maxLength: 5 }),
      combination: fc.constantFrom(...COMBINATIONS),
    });
    fc.assert(
      fc.property(bytes, (chosen) => {
        const [product, version] = chosen.combination;
        const report = reportOf(product, version);
        const view = new DataView(report.buffer);
        view.setUint32(0x04, chosen.guestSvn, true);
        report.set([(chosen.policy & 0xff) | 2, chosen.policy >> 8], 0x0a);
        view.setUint32(0x30, chosen.vmpl, true);
        report[0x40] = chosen.info;
        report[0x48] = chosen.flags;
        report.set(chosen.reportData, 0x50);
        report.set(chosen.measurement, 0x90);
        report.set(chosen.hostData, 0xc0);
        const [a = 0, b = 0, c = 0, d = 0, e = 0] = chosen.tcb;
        const isTurin = product === 'Turin';
        report.set(isTurin ? [a, b, c, d, 0, 0, 0, e] : [a, b, 0, 0, 0, 0, c, d], 0x1f0);
        expect(encodeReport(parseReport(report))).toEqual(report);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('S09 a report is not read', () => {
  it('S09 with another length', () => {
    const report = reportOf('Milan', 3);
    expect(codeOf(report.subarray(0, -1))).toBe('report-malformed');
    expect(codeOf(Uint8Array.of(...report, 0))).toBe('report-malformed');
  });

  it.each([0, 1, 6, 0x02000000, 0xffffffff])('S09 in version %i', (version) => {
    const report = reportOf('Milan', 3);
    new DataView(report.buffer).setUint32(0, version, true);
    expect(codeOf(report)).toBe('version-unsupported');
  });

  it.each([
    ['Milan', 2, 0x4c, 4],
    ['Milan', 2, 0x3a, 4],
    ['Milan', 2, 0x182, 4],
    ['Milan', 2, 0x188, 24],
    ['Milan', 2, 0x1e2, 4],
    ['Milan', 2, 0x1eb, 1],
    ['Milan', 2, 0x1ef, 1],
    ['Milan', 2, 0x1f2, 4],
    ['Milan', 2, 0x1f8, 168],
    ['Milan', 2, 0x330, 368],
    ['Milan', 3, 0x18b, 21],
    ['Milan', 3, 0x1f8, 168],
    ['Genoa', 4, 0x18b, 21],
    ['Genoa', 4, 0x1f8, 168],
    ['Genoa', 5, 0x18b, 21],
    ['Genoa', 5, 0x208, 152],
    ['Turin', 5, 0x3c, 3],
    ['Turin', 5, 0x184, 3],
    ['Turin', 5, 0x1e4, 3],
    ['Turin', 5, 0x1f4, 3],
    ['Turin', 5, 0x208, 152],
  ] as const)(
    'S09 %s, version %i: reserved bytes at %i, %i long, are zero',
    (product, version, at, length) => {
      for (let offset = 0; offset < length; offset++) {
        expect(edited(product, version, at + offset, 1)).toBe('report-malformed');
      }
    },
  );

  it('S09 with reserved bits of the guest policy', () => {
    expect(edited('Milan', 3, 0x0a, 0x01)).toBe('report-malformed');
    for (const [at, bit] of [0x0b, 0x0c, 0x0d, 0x0e, 0x0f].flatMap((octet) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((number) => [octet, number] as const),
    )) {
      const known = at === 0x0b && bit < 2;
      expect(edited('Milan', 3, at, 1 << bit)).toBe(known ? 'read' : 'report-malformed');
    }
  });

  it('S09 with reserved bits of the platform information or of the key flags', () => {
    for (let at = 0x41; at < 0x48; at++) expect(edited('Turin', 5, at, 1)).toBe('report-malformed');
    for (const flags of [2 << 2, 3 << 2, 6 << 2, 1 << 5]) {
      expect(edited('Milan', 3, 0x48, flags)).toBe('report-malformed');
    }
    for (const at of [0x49, 0x4a, 0x4b]) expect(edited('Milan', 3, at, 1)).toBe('report-malformed');
  });

  it('S09 with another algorithm, and with any where nothing is signed', () => {
    for (const algorithm of [0, 2]) {
      expect(edited('Milan', 3, 0x34, algorithm)).toBe('report-malformed');
    }
    expect(edited('Milan', 3, 0x48, 7 << 2)).toBe('report-malformed');
  });
});

describe('S12 the product by CPUID', () => {
  it.each([
    [0x19, 0x00, 'Milan'],
    [0x19, 0x0f, 'Milan'],
    [0x19, 0x10, 'Genoa'],
    [0x19, 0x1f, 'Genoa'],
    [0x19, 0xa0, 'Genoa'],
    [0x19, 0xaf, 'Genoa'],
    [0x1a, 0x00, 'Turin'],
    [0x1a, 0x11, 'Turin'],
  ] as const)('S12 family %i, model %i is %s', (family, model, product) => {
    const report = reportOf(product, product === 'Genoa' ? 5 : 3);
    report.set([family, model], 0x188);
    expect(parseReport(report)).toMatchObject({ product, cpuid: { family, model, stepping: 1 } });
  });

  it.each([
    [0x19, 0x20],
    [0x19, 0x9f],
    [0x19, 0xb0],
    [0x1a, 0x12],
    [0x1a, 0x50],
    [0x17, 0x31],
    [0, 0],
  ])('S12 family %i, model %i is none that is known', (family, model) => {
    expect(edited('Milan', 3, 0x188, family, model)).toBe('product-unknown');
  });
});
