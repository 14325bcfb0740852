import { describe, expect, it } from 'vitest';
import { parseMeasurements, selectSet } from '../index.ts';

const SHORT = 'ab'.repeat(32);
const LONG = 'cd'.repeat(48);
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

const OWN = {
  schema: 'asterism/measurements/v1',
  image: 'node image 2026.11',
  measurements: [
    {
      variants: ['azure-sev-snp', 'gcp-sev-snp'],
      tpm: { bank: 'sha256', pcrs: { '4': [SHORT], '11': [SHORT] } },
      snp: { measurement: [LONG], hostData: [SHORT] },
    },
    { name: 'bare metal', variants: ['tdx'], tdx: { mrTd: [LONG], module: { mrSeam: [LONG] } } },
    { variants: ['aws-nitro-tpm'], nitroTpm: { pcrs: { '4': [LONG] } } },
  ],
};

/** As Constellation's build publishes it, with its upper bounds and both spellings of digits. */
const CONSTELLATION = {
  version: 'v2.24.0',
  ref: '-',
  stream: 'stable',
  list: [
    {
      csp: 'Azure',
      attestationVariant: 'azure-trustedlaunch',
      measurements: {
        4: { expected: SHORT.toUpperCase(), warnOnly: false },
        1: { expected: SHORT, warnOnly: true },
      },
    },
    {
      csp: 'QEMU',
      attestationVariant: 'qemu-vtpm',
      measurements: { 4: { expected: SHORT, warnOnly: false } },
    },
    {
      csp: 'OpenStack',
      attestationVariant: 'qemu-vtpm',
      measurements: { 4: { expected: SHORT, warnOnly: false } },
    },
    {
      csp: 'QEMU',
      attestationVariant: 'qemu-tdx',
      measurements: { 0: { expected: LONG, warnOnly: false }, 3: { expected: LONG, warnOnly: false } },
    },
    {
      csp: 'AWS',
      attestationVariant: 'aws-nitro-tpm',
      measurements: { 4: { expected: SHORT, warnOnly: false } },
    },
    { csp: 'Moon', attestationVariant: 'moon-tpm', measurements: {} },
  ],
};

const codeOf = (read: () => unknown): string | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('parseMeasurements', () => {
  it('reads our format of every section into the places of a policy', () => {
    const file = parseMeasurements(bytes(OWN));
    expect(file.image).toBe('node image 2026.11');
    const registers = file.sets.map((set) => set.registers.map(({ register }) => register));
    expect(registers).toEqual([
      ['tpm.pcrs.4', 'tpm.pcrs.11', 'snp.measurement', 'snp.hostData'],
      ['tdx.mrTd', 'tdx.module.mrSeam'],
      ['nitroTpm.pcrs.4'],
    ]);
    expect(file.sets.map(({ bank }) => bank)).toEqual(['sha256', null, null]);
  });

  it('reads Constellation’s list, by our names of variants and registers', () => {
    const { image, sets } = parseMeasurements(bytes(CONSTELLATION));
    expect(image).toBe('constellation v2.24.0');
    expect(sets.map(({ name, variants, bank }) => [name, ...variants, bank])).toEqual([
      ['Azure', 'azure-trusted-launch', 'sha256'],
      ['QEMU', 'tpm', 'sha256'],
      ['OpenStack', 'tpm', 'sha256'],
      ['QEMU', 'tdx', null],
      ['AWS', 'aws-nitro-tpm', null],
    ]);
    expect(sets[0]?.registers).toEqual([
      { register: 'tpm.pcrs.1', digests: [SHORT], warnOnly: true },
      { register: 'tpm.pcrs.4', digests: [SHORT], warnOnly: false },
    ]);
    expect(sets[3]?.registers.map(({ register }) => register)).toEqual(['tdx.mrTd', 'tdx.rtmr2']);
  });

  it('reads Constellation’s file of one entry', () => {
    const [entry] = CONSTELLATION.list;
    const { image, sets } = parseMeasurements(bytes({ version: 'v2.24.0', ref: 'main', ...entry }));
    expect(image).toBe('constellation v2.24.0 (main)');
    expect(sets).toEqual(parseMeasurements(bytes(CONSTELLATION)).sets.slice(0, 1));
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', []],
    ['an unknown schema', { ...OWN, schema: 'asterism/measurements/v2' }],
    ['a field that it does not know', { ...OWN, trust: 'all' }],
    ['no set', { ...OWN, measurements: [] }],
    ['a set of no variant', { ...OWN, measurements: [{ variants: [] }] }],
    ['an unknown variant', { ...OWN, measurements: [{ variants: ['sgx'] }] }],
    [
      'a digest of another bank',
      { ...OWN, measurements: [{ variants: ['tpm'], tpm: { bank: 'sha384', pcrs: { 4: [SHORT] } } }] },
    ],
    ['an empty list of digests', { ...OWN, measurements: [{ variants: ['tdx'], tdx: { mrTd: [] } }] }],
    [
      'upper-case digits',
      { ...OWN, measurements: [{ variants: ['tdx'], tdx: { mrTd: [LONG.toUpperCase()] } }] },
    ],
    [
      'a Constellation digest that is cut',
      {
        ...CONSTELLATION,
        list: [
          {
            csp: 'AWS',
            attestationVariant: 'aws-sev-snp',
            measurements: { 4: { expected: 'ab', warnOnly: false } },
          },
        ],
      },
    ],
    ['bytes that are no UTF-8', null],
  ])('refuses %s', (_, value) => {
    const file = value === null ? Uint8Array.of(0x22, 0xff, 0x22) : bytes(value);
    expect(codeOf(() => parseMeasurements(file))).toBe('measurements-malformed');
  });

  it('refuses a file that is cut anywhere', () => {
    const whole = bytes(OWN);
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(() => parseMeasurements(whole.subarray(0, length)))).toBe('measurements-malformed');
    }
  });
});

describe('selectSet', () => {
  const file = parseMeasurements(bytes(CONSTELLATION));

  it('finds the one set of a variant, or the one that is named', () => {
    expect(selectSet(file, 'tdx', null).name).toBe('QEMU');
    expect(selectSet(file, 'tpm', 'openstack').name).toBe('OpenStack');
  });

  it('S06 never takes the set of another variant, and never guesses', () => {
    expect(codeOf(() => selectSet(file, 'azure-sev-snp', null))).toBe('variant-mismatch');
    expect(codeOf(() => selectSet(file, 'tpm', 'Azure'))).toBe('variant-mismatch');
    expect(codeOf(() => selectSet(file, 'tpm', null))).toBe('measurements-ambiguous');
  });
});
