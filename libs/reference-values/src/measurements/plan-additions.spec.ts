import { describe, expect, it } from 'vitest';
import { planAdditions, toProvenanceComment, type MeasurementSet } from '../index.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const provenance = { comment: 'image 2', from: '2026-12-01T00:00:00Z' };

const enforce = (values: unknown) => ({ mode: 'enforce', values });
const policy = {
  variant: 'azure-sev-snp',
  tpm: {
    bank: 'sha256',
    pcrs: {
      '1': { mode: 'warn', values: [{ digest: A, comment: 'image 1' }] },
      '4': enforce([{ digest: A, comment: 'image 1' }]),
      '9': enforce('any'),
      '11': enforce('FILL IN: your image'),
    },
  },
  snp: { measurement: enforce([{ digest: 'cc'.repeat(48), comment: 'image 1' }]) },
};

function setOf(
  registers: Record<string, string[]>,
  { bank = 'sha256', warnOnly = false }: { bank?: MeasurementSet['bank']; warnOnly?: boolean } = {},
): MeasurementSet {
  return {
    name: null,
    variants: ['azure-sev-snp'],
    bank,
    registers: Object.entries(registers).map(([register, digests]) => ({ register, digests, warnOnly })),
  };
}

describe('planAdditions', () => {
  it('keeps old values beside new ones, each with where it comes from and its window', () => {
    const { additions, leftOut } = planAdditions(policy, setOf({ 'tpm.pcrs.4': [B] }), provenance);
    expect(leftOut).toEqual([]);
    expect(additions).toEqual([
      {
        register: 'tpm.pcrs.4',
        path: ['tpm', 'pcrs', '4', 'values'],
        added: [{ digest: B, ...provenance }],
        values: [
          { digest: A, comment: 'image 1' },
          { digest: B, ...provenance },
        ],
      },
    ]);
  });

  it('begins a list where a placeholder stands', () => {
    const { additions } = planAdditions(policy, setOf({ 'tpm.pcrs.11': [A, B, A] }), provenance);
    expect(additions[0]?.values).toEqual([
      { digest: A, ...provenance },
      { digest: B, ...provenance },
    ]);
  });

  it.each<[string, string, MeasurementSet]>([
    ['a register that the policy does not compare', 'not-in-policy', setOf({ 'tpm.pcrs.7': [B] })],
    ['a section that the policy does not have', 'not-in-policy', setOf({ 'tdx.mrTd': [B] })],
    ['a register of the prototype', 'not-in-policy', setOf({ 'constructor.prototype': [B] })],
    ['a register of which any value is taken', 'any', setOf({ 'tpm.pcrs.9': [B] })],
    ['another bank', 'other-bank', setOf({ 'tpm.pcrs.4': [B] }, { bank: 'sha384' })],
    [
      'a register that is enforced and should only warn',
      'warn-only',
      setOf({ 'tpm.pcrs.4': [B] }, { warnOnly: true }),
    ],
    ['the lock', 'lock', setOf({ 'tpm.pcrs.15': ['00'.repeat(32)] })],
    ['the lock of a NitroTPM', 'lock', setOf({ 'nitroTpm.pcrs.15': ['00'.repeat(48)] })],
  ])('S04 leaves out %s', (_, reason, set) => {
    const { additions, leftOut } = planAdditions(policy, set, provenance);
    expect([additions, leftOut.map((one) => one.reason)]).toEqual([[], [reason]]);
  });

  it('leaves out SHA-256 values of a NitroTPM, whose document holds SHA-384', () => {
    const nitro = { variant: 'aws-nitro-tpm', nitroTpm: { pcrs: { '4': enforce('FILL IN') } } };
    expect(planAdditions(nitro, setOf({ 'nitroTpm.pcrs.4': [B] }), provenance).leftOut).toEqual([
      { register: 'nitroTpm.pcrs.4', reason: 'other-bank' },
    ]);
  });

  it('takes a value that only warns where the policy only warns', () => {
    const set = setOf({ 'tpm.pcrs.1': [B] }, { warnOnly: true });
    expect(planAdditions(policy, set, provenance).additions[0]?.added).toHaveLength(1);
  });

  it('adds nothing twice, but the same value with another window', () => {
    const set = setOf({ 'tpm.pcrs.4': [B] });
    const [first] = planAdditions(policy, set, provenance).additions;
    const grown = structuredClone(policy) as typeof policy;
    grown.tpm.pcrs['4'].values = first?.values;
    expect(planAdditions(grown, set, provenance).leftOut).toEqual([
      { register: 'tpm.pcrs.4', reason: 'already-there' },
    ]);
    const other = { ...provenance, until: '2027-01-01T00:00:00Z' };
    expect(planAdditions(grown, set, other).additions[0]?.values).toHaveLength(3);
  });
});

describe('toProvenanceComment', () => {
  const file = new TextEncoder().encode('file');

  it('names signer, issuer, time and log entry', async () => {
    const signature = {
      kind: 'identity',
      identity: 'https://github.com/example/images',
      issuer: 'https://token.example.com',
      signedAt: new Date('2026-11-24T10:00:00Z'),
      logIndex: '42',
    } as const;
    expect(await toProvenanceComment('image 2', file, signature)).toBe(
      'image 2; signed by https://github.com/example/images (https://token.example.com) at 2026-11-24T10:00:00.000Z, ' +
        'log entry 42; file sha256:3b9c358f36f0a31b',
    );
  });

  it('claims no time and no log where none was verified', async () => {
    const signature = { kind: 'key', spkiSha256: 'ab'.repeat(32), signedAt: null, logIndex: null } as const;
    expect(await toProvenanceComment('image 2', file, signature)).toBe(
      'image 2; signed by key sha256:abababababababab; file sha256:3b9c358f36f0a31b',
    );
  });

  it('stays within the bound of a comment', async () => {
    const long = 'x'.repeat(2000);
    const signature = {
      kind: 'identity',
      identity: long,
      issuer: long,
      signedAt: new Date(0),
      logIndex: '1',
    } as const;
    expect((await toProvenanceComment(long, file, signature)).length).toBeLessThanOrEqual(500);
  });
});
