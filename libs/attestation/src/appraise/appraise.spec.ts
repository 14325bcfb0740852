import { fromHex, toHex } from '@asterism/bytes';
import type { Measurement, PolicyOf, ReferenceValue } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { appraise } from './appraise.ts';
import type { LockExpectation } from '../expectations.ts';
import { lockedPcr15 } from '../lock.ts';
import type {
  ActivatedKey,
  CertificateFact,
  VerifiedEvidence,
  VerifiedEvidenceOf,
  VerifiedQuoteSection,
} from '../stages.ts';
import { verifiedEvidence } from '../verify/verified.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const digest = (byte: number) => toHex(new Uint8Array(32).fill(byte));
const reference = (byte: number, more: Partial<ReferenceValue> = {}): ReferenceValue => ({
  digest: digest(byte),
  comment: `image ${byte}`,
  ...more,
});
const enforce = (...values: ReferenceValue[]): Measurement => ({ mode: 'enforce', values });
const ROOT = { name: 'Maker', spkiSha256: digest(0xaa) };
const OTHER_ROOT = { name: 'Other', spkiSha256: digest(0xab) };
const IDENTITY = digest(0xee);
const AK = digest(0xac);
const CLUSTER_ID = new Uint8Array(32).fill(0xc1);

type KeyPolicy = PolicyOf<'tpm'>['tpm']['attestationKey'];
const endorsement = (roots: 'any' | (typeof ROOT)[], allow: 'any' | string[]): KeyPolicy => ({
  trust: 'endorsement-key',
  roots,
  allow,
});

function policyOf(
  change: Partial<PolicyOf<'tpm'>['tpm']> = {},
  shared: Partial<PolicyOf<'tpm'>> = {},
): PolicyOf<'tpm'> {
  return {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    ...shared,
    tpm: {
      bank: 'sha256',
      pcrs: { '4': enforce(reference(4)), '11': enforce(reference(11)) },
      attestationKey: endorsement([ROOT], 'any'),
      eventLog: 'any',
      ...change,
    },
  };
}

const trusted: CertificateFact = {
  kind: 'trusted',
  anchor: ROOT,
  spkiSha256: IDENTITY,
  instance: null,
};

function verifiedOf(change: Partial<VerifiedQuoteSection> = {}): VerifiedEvidence {
  const activated = { akPublicSha256: AK, identity: IDENTITY } as ActivatedKey;
  const quote: VerifiedQuoteSection = {
    bank: 'sha256',
    pcrs: pcrs({ 4: 4, 11: 11, 15: 0 }),
    clock: { milliseconds: 5n, safe: true },
    firmwareVersion: 1n,
    akPublicSha256: AK,
    akSpkiSha256: AK,
    activated,
    endorsementCertificate: trusted,
    attestationCertificate: { kind: 'absent' },
    events: null,
    ...change,
  };
  return verifiedEvidence.mark<VerifiedEvidenceOf<'tpm'>>({
    variant: 'tpm',
    identity: quote.activated?.identity ?? null,
    bootIdentity: '3.0',
    quote,
    snp: null,
    tdx: null,
    nitro: null,
    collateral: null,
  });
}

function pcrs(values: Record<number, number>) {
  return new Map(Object.entries(values).map(([pcr, byte]) => [Number(pcr), fromHex(digest(byte))]));
}

async function resultOf(
  change: Partial<VerifiedQuoteSection> = {},
  policy = policyOf(),
  lock: LockExpectation = { expected: 'open' },
) {
  return (await appraise(verifiedOf(change), policy, { now: NOW, lock })).result;
}
const verdictOf = (result: Awaited<ReturnType<typeof resultOf>>, claim: string) =>
  result.claims.find((entry) => entry.claim === claim)?.verdict;
const codesOf = (result: Awaited<ReturnType<typeof resultOf>>) =>
  result.findings.map((finding) => finding.code);

describe('appraise', () => {
  it('reports every claim with got and wanted, and accepts when all match', async () => {
    const result = await resultOf();
    expect(result).toMatchObject({ outcome: 'accepted', status: 'affirming', variant: 'tpm', findings: [] });
    expect(result.claims.map(({ claim, verdict }) => `${claim} ${verdict}`)).toEqual([
      'variant match',
      'tpm.bank match',
      'tpm.pcr-selection match',
      'tpm.pcr.4 match',
      'tpm.pcr.11 match',
      'tpm.event-log any',
      'tpm.ak.activation match',
      'tpm.ek.certificate match',
      'tpm.ek.key any',
      'tpm.pcr.15 match',
      'collateral.age any',
    ]);
    expect(result.claims[3]).toEqual({
      claim: 'tpm.pcr.4',
      got: digest(4),
      wanted: [digest(4)],
      verdict: 'match',
      comment: 'image 4',
    });
    expect(result.trustworthiness).toEqual({
      'instance-identity': 2,
      configuration: 2,
      executables: 3,
      hardware: 2,
    });
  });

  it('reports all mismatches together', async () => {
    const result = await resultOf({
      pcrs: pcrs({ 4: 9, 11: 9, 15: 9 }),
      endorsementCertificate: { kind: 'absent' },
    });
    expect(result).toMatchObject({ outcome: 'refused', status: 'contraindicated' });
    expect(result.findings.map(({ code, claim }) => `${code} ${claim}`)).toEqual([
      'pcr-mismatch tpm.pcr.4',
      'pcr-mismatch tpm.pcr.11',
      'certificate-missing tpm.ek.certificate',
      'lock-foreign tpm.pcr.15',
    ]);
    expect(result.trustworthiness).toMatchObject({ executables: 96, configuration: 96, hardware: 97 });
  });

  it('names the events of a mismatched PCR', async () => {
    const events = [
      { pcr: 4, type: 'EV_EFI_BOOT_SERVICES_APPLICATION', digest: digest(1), description: 'agent bundle' },
      { pcr: 4, type: 'EV_SEPARATOR', digest: digest(2), description: '' },
      { pcr: 11, type: 'EV_IPL', digest: digest(3), description: 'configuration' },
    ];
    const result = await resultOf({ events, pcrs: pcrs({ 4: 9, 11: 11, 15: 0 }) });
    expect(result.findings).toEqual([
      {
        code: 'pcr-mismatch',
        claim: 'tpm.pcr.4',
        got: digest(9),
        wanted: [digest(4)],
        message: 'value is none of the accepted ones',
        event: `EV_EFI_BOOT_SERVICES_APPLICATION agent bundle sha256:${digest(1)}; EV_SEPARATOR sha256:${digest(2)}`,
      },
    ]);
  });

  it('bounds the summary of a long log', async () => {
    const event = { pcr: 4, type: 'EV_IPL', digest: digest(1), description: 'x'.repeat(10_000) };
    const events = new Array<typeof event>(5_000).fill(event);
    const [finding] = (await resultOf({ events, pcrs: pcrs({ 4: 9, 11: 11, 15: 0 }) })).findings;
    expect(finding?.event).toMatch(/; and 4992 more$/);
    expect(finding?.event?.length).toBeLessThan(3_000);
  });
});

describe('measurements', () => {
  const withPcr4 = (measurement: Measurement) =>
    policyOf({ pcrs: { '4': measurement, '11': enforce(reference(11)) } });

  it('accepts any of several reference values, and names the one that matched', async () => {
    const result = await resultOf({}, withPcr4(enforce(reference(3), reference(4))));
    expect(result.outcome).toBe('accepted');
    expect(result.claims[3]).toMatchObject({ wanted: [digest(3), digest(4)], comment: 'image 4' });
  });

  it.each([
    ['from now', { from: NOW.toISOString() }, 'accepted'],
    ['from a millisecond later', { from: '2026-11-24T10:00:00.001Z' }, 'reference-not-yet-valid'],
    ['until a millisecond later', { until: '2026-11-24T10:00:00.001Z' }, 'accepted'],
    ['until now', { until: NOW.toISOString() }, 'reference-expired'],
  ] as const)('keeps the window of a reference value: %s', async (_, window, outcome) => {
    const result = await resultOf({}, withPcr4(enforce(reference(4, window))));
    if (outcome === 'accepted') return expect(result.outcome).toBe('accepted');
    expect(result.outcome).toBe('refused');
    expect(codesOf(result)).toEqual([outcome]);
    expect(result.findings[0]?.wanted[0]).toMatch(/\(accepted (?:from|until) 2026/);
  });

  it('a second value with the same digest and an open window still accepts', async () => {
    const result = await resultOf(
      {},
      withPcr4(enforce(reference(4, { until: NOW.toISOString() }), reference(4))),
    );
    expect(result.outcome).toBe('accepted');
  });

  it('accepts with a warning in mode warn', async () => {
    const result = await resultOf({}, withPcr4({ mode: 'warn', values: [reference(9)] }));
    expect(result).toMatchObject({ outcome: 'accepted', status: 'warning' });
    expect(verdictOf(result, 'tpm.pcr.4')).toBe('warning');
    expect(codesOf(result)).toEqual(['pcr-warning']);
    expect(result.trustworthiness.executables).toBe(33);
  });

  it('reports any as any, with what was got', async () => {
    const result = await resultOf({}, withPcr4({ mode: 'enforce', values: 'any' }));
    expect(result.claims[3]).toEqual({ claim: 'tpm.pcr.4', got: digest(4), wanted: [], verdict: 'any' });
  });

  it.each(['enforce', 'warn'] as const)(
    'S05 refuses a PCR of the policy that was not quoted, in mode %s',
    async (mode) => {
      const result = await resultOf({ pcrs: pcrs({ 11: 11, 15: 0 }) }, withPcr4({ mode, values: 'any' }));
      expect(result.outcome).toBe('refused');
      expect(codesOf(result)).toEqual(['pcr-selection-mismatch', 'pcr-missing']);
    },
  );

  it('S05 refuses PCRs beyond those of the policy', async () => {
    const result = await resultOf({ pcrs: pcrs({ 4: 4, 7: 7, 11: 11, 15: 0 }) });
    expect(result.outcome).toBe('refused');
    expect(result.findings).toMatchObject([
      { code: 'pcr-selection-mismatch', got: '4,7,11,15', wanted: ['4,11,15'] },
    ]);
  });

  it('S05 compares no value of another bank', async () => {
    const result = await resultOf({ bank: 'sha384' });
    expect(result.outcome).toBe('refused');
    expect(verdictOf(result, 'tpm.bank')).toBe('mismatch');
    expect(verdictOf(result, 'tpm.pcr.4')).toBe('mismatch');
    expect(verdictOf(result, 'tpm.pcr.15')).toBe('mismatch');
  });
});

describe('lock', () => {
  const lockedHere = async () =>
    new Map([...pcrs({ 4: 4, 11: 11 }), [15, await lockedPcr15('sha256', CLUSTER_ID)]]);
  const lockedElsewhere = async () =>
    new Map([...pcrs({ 4: 4, 11: 11 }), [15, await lockedPcr15('sha256', new Uint8Array(32).fill(2))]]);
  const open = async () => pcrs({ 4: 4, 11: 11, 15: 0 });

  it.each([
    ['open', open, { expected: 'open' }, 'accepted', 'open'],
    ['locked', lockedHere, { expected: 'open' }, 'lock-foreign', 'foreign'],
    ['open', open, { expected: 'locked', clusterId: CLUSTER_ID }, 'lock-open', 'open'],
    ['locked', lockedHere, { expected: 'locked', clusterId: CLUSTER_ID }, 'accepted', 'locked'],
    [
      'another cluster’s',
      lockedElsewhere,
      { expected: 'locked', clusterId: CLUSTER_ID },
      'lock-foreign',
      'foreign',
    ],
    ['open', open, { expected: 'either', clusterId: CLUSTER_ID }, 'accepted', 'open'],
    ['locked', lockedHere, { expected: 'either', clusterId: CLUSTER_ID }, 'accepted', 'locked'],
    [
      'another cluster’s',
      lockedElsewhere,
      { expected: 'either', clusterId: CLUSTER_ID },
      'lock-foreign',
      'foreign',
    ],
  ] as const)('S20 %s lock where %o is expected', async (_, values, lock, outcome, state) => {
    const appraisal = await appraise(verifiedOf({ pcrs: await values() }), policyOf(), { now: NOW, lock });
    expect(appraisal.lock).toBe(state);
    if (outcome === 'accepted') return expect(appraisal.result.outcome).toBe('accepted');
    expect(appraisal.result.outcome).toBe('refused');
    expect(codesOf(appraisal.result)).toEqual([outcome]);
  });

  it('S04 refuses evidence without PCR 15', async () => {
    const result = await resultOf({ pcrs: pcrs({ 4: 4, 11: 11 }) });
    expect(result.outcome).toBe('refused');
    expect(codesOf(result)).toEqual(['pcr-selection-mismatch', 'pcr-missing']);
  });
});

describe('event log', () => {
  it('is refused when the policy requires one and none came', async () => {
    const result = await resultOf({}, policyOf({ eventLog: 'required' }));
    expect(codesOf(result)).toEqual(['event-log-missing']);
    expect(result.outcome).toBe('refused');
  });

  it('matches when one came', async () => {
    const result = await resultOf({ events: [] }, policyOf({ eventLog: 'required' }));
    expect(verdictOf(result, 'tpm.event-log')).toBe('match');
  });
});

describe('attestation key', () => {
  const by = (attestationKey: KeyPolicy) => policyOf({ attestationKey });

  it('is undecided, never accepted, while no credential was opened', async () => {
    const result = await resultOf({ activated: null });
    expect(result).toMatchObject({ outcome: 'undecided', status: 'none' });
    expect(codesOf(result)).toEqual(['activation-missing']);
    expect(result.trustworthiness).not.toHaveProperty('instance-identity');
  });

  it('is refused, not undecided, when something else mismatches', async () => {
    const result = await resultOf({ activated: null, pcrs: pcrs({ 4: 9, 11: 11, 15: 0 }) });
    expect(result).toMatchObject({ outcome: 'refused', status: 'contraindicated' });
  });

  it('compares the anchor of the EK chain with the policy’s roots', async () => {
    const result = await resultOf({}, by(endorsement([OTHER_ROOT], 'any')));
    expect(result.findings).toMatchObject([
      {
        code: 'certificate-root-not-accepted',
        got: `Maker ${ROOT.spkiSha256}`,
        wanted: [`Other ${OTHER_ROOT.spkiSha256}`],
      },
    ]);
    expect(result.outcome).toBe('refused');
  });

  it('reports why a chain is not trusted', async () => {
    const result = await resultOf({
      endorsementCertificate: { kind: 'untrusted', code: 'certificate-expired', reason: 'expired in May' },
    });
    expect(result.findings).toMatchObject([{ code: 'certificate-expired', message: 'expired in May' }]);
    expect(result.outcome).toBe('refused');
  });

  it('S04 does not take a chain that was verified to no root', async () => {
    const result = await resultOf({ endorsementCertificate: { kind: 'not-checked', spkiSha256: IDENTITY } });
    expect(result.outcome).toBe('undecided');
    expect(codesOf(result)).toEqual(['certificate-not-checked']);
  });

  it('looks the endorsement key up in the allow list', async () => {
    const certificates = { endorsementCertificate: { kind: 'absent' } } as const;
    expect((await resultOf(certificates, by(endorsement('any', [IDENTITY])))).outcome).toBe('accepted');
    const refused = await resultOf(certificates, by(endorsement('any', [digest(1)])));
    expect(refused.outcome).toBe('refused');
    expect(codesOf(refused)).toEqual(['endorsement-key-not-allowed']);
  });

  it('asks for both roots and allow list where the policy names both', async () => {
    const result = await resultOf({}, by(endorsement([ROOT], [digest(1)])));
    expect(result.outcome).toBe('refused');
    expect(verdictOf(result, 'tpm.ek.certificate')).toBe('match');
  });

  it('takes an AK certificate only under trust by certificate', async () => {
    const policy = by({ trust: 'certificate', roots: [ROOT] });
    const facts = { endorsementCertificate: { kind: 'absent' }, attestationCertificate: trusted } as const;
    expect((await resultOf(facts, policy)).outcome).toBe('accepted');
    expect((await resultOf(facts)).outcome).toBe('refused');
    expect(codesOf(await resultOf({}, policy))).toEqual(['certificate-missing']);
  });

  it('takes a pinned AK and no other', async () => {
    const unproved = { activated: null };
    expect((await resultOf(unproved, by({ trust: 'pinned', keys: [digest(1), AK] }))).outcome).toBe(
      'accepted',
    );
    const refused = await resultOf({}, by({ trust: 'pinned', keys: [digest(1)] }));
    expect(refused.outcome).toBe('refused');
    expect(codesOf(refused)).toEqual(['attestation-key-unknown']);
  });
});

describe('S04 no expectation is skipped', () => {
  const broken: readonly [string, unknown][] = [
    ['no attestation key policy', { ...policyOf(), tpm: { ...policyOf().tpm, attestationKey: undefined } }],
    ['no event-log field', { ...policyOf(), tpm: { ...policyOf().tpm, eventLog: undefined } }],
    ['no PCRs', policyOf({ pcrs: {} })],
    ['an empty list of values', policyOf({ pcrs: { '4': enforce() } })],
    ['any roots and any keys', policyOf({ attestationKey: endorsement('any', 'any') })],
    ['a policy for PCR 15', policyOf({ pcrs: { '15': { mode: 'enforce', values: 'any' } } })],
    ['no interval', { ...policyOf(), reattestationInterval: undefined }],
  ];
  it.each(broken)('refuses to appraise under a policy with %s', async (_, policy) => {
    await expect(resultOf({}, policy as PolicyOf<'tpm'>)).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('refuses evidence that verifyEvidence has not made', async () => {
    const forged = { ...verifiedOf() } as VerifiedEvidence;
    await expect(
      appraise(forged, policyOf(), { now: NOW, lock: { expected: 'open' } }),
    ).rejects.toMatchObject({
      code: 'evidence-not-verified',
    });
  });
});
