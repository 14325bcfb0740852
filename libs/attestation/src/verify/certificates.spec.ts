import type { EvidenceRequest, PolicyDocument } from '@asterism/contracts';
import {
  basicConstraints,
  commonName,
  extendedKeyUsage,
  keyUsage,
  mintChain,
  mintCrl,
  mintTpm,
  withExtension,
  withoutExtension,
  type ChainOptions,
  type CrlOptions,
  type MintedChain,
  type MintedTpm,
} from '@asterism/testkit';
import { derNull, EKU, EXTENSION } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  activatedFromRecord,
  anchorsOf,
  appraise,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '../index.ts';
import { sha256, toHex } from '@asterism/bytes';

const binding = new Uint8Array(32).fill(1);
let tpm: MintedTpm;
beforeAll(async () => {
  tpm = await mintTpm();
});

const UNKNOWN_CRITICAL = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: derNull() };
type Trust = 'endorsement-key' | 'certificate';

/** What becomes of a machine whose only proof is the chain of its EK or AK certificate. */
async function appraiseChain(trust: Trust, options: ChainOptions = {}, now?: Date, list?: CrlOptions) {
  const [spki, purpose] =
    trust === 'endorsement-key' ? [tpm.ekSpki, EKU.tcgEkCertificate] : [tpm.akSpki, EKU.tcgAikCertificate];
  const chain = await mintChain({
    leafExtensions: [extendedKeyUsage(purpose)],
    ...options,
    leaf: (genuine) => ({ spki, ...options.leaf?.(genuine) }),
  });
  const roots = [...chain.anchors];
  const policy: PolicyDocument = {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: { '4': { mode: 'enforce', values: 'any' } },
      attestationKey: trust === 'certificate' ? { trust, roots } : { trust, roots, allow: 'any' },
      eventLog: 'any',
    },
  };
  const request: EvidenceRequest = evidenceRequestOf(policy);
  const certificates = [chain.leaf, ...chain.intermediates].map(({ der }) => der);
  const evidence = await tpm.quote({
    request,
    binding,
    ...(trust === 'certificate' ? { akCertificates: certificates } : { ekCertificates: certificates }),
  });
  const at = now ?? chain.at;
  const verified = await verifyEvidence(parseEvidence(evidence), {
    binding,
    request,
    activated: activatedFromRecord({
      akPublicSha256: toHex(await sha256(tpm.akPublic)),
      identity: tpm.identity,
    }),
    ekPublic: tpm.ekPublic,
    anchors: anchorsOf(policy),
    roots: VENDOR_ROOTS,
    collateral: { ...NO_COLLATERAL, crls: list === undefined ? [] : [await listOf(chain, list)] },
    now: at,
  });
  return (await appraise(verified, policy, { now: at, lock: { expected: 'open' } })).result;
}

/** A list of the issuer right above the leaf. */
function listOf({ issuers: [issuer] }: MintedChain, options: CrlOptions) {
  if (issuer === undefined) throw new Error('no issuer');
  return mintCrl(issuer, options);
}

const DEFECTS: readonly (readonly [title: string, code: string, options: ChainOptions])[] = [
  ['has expired', 'expired', { leaf: () => ({ notAfter: new Date('2026-05-01') }) }],
  ['is not valid yet', 'not-yet-valid', { leaf: () => ({ notBefore: new Date('2026-07-01') }) }],
  ['comes from an expired CA', 'expired', { intermediate: () => ({ notAfter: new Date('2026-05-01') }) }],
  [
    'comes from a certificate that is no CA',
    'not-a-ca',
    { intermediate: withExtension(basicConstraints(false)) },
  ],
  [
    'comes from a CA without basic constraints',
    'not-a-ca',
    { intermediate: withoutExtension(EXTENSION.basicConstraints) },
  ],
  [
    'is below more CAs than the root allows',
    'path-length-exceeded',
    { root: withExtension(basicConstraints(true, 0)) },
  ],
  [
    'comes from a CA that may not sign certificates',
    'key-usage',
    { intermediate: withExtension(keyUsage(6)) },
  ],
  ['is for another purpose', 'extended-key-usage', { leafExtensions: [extendedKeyUsage(EKU.clientAuth)] }],
  ['names no purpose', 'extended-key-usage', { leafExtensions: [] }],
  [
    'has a spoilt signature',
    'signature-invalid',
    {
      leaf: () => ({
        signature: (genuine) => genuine.map((octet, i) => (i === genuine.length - 1 ? octet ^ 1 : octet)),
      }),
    },
  ],
  ['is signed over SHA-1', 'algorithm-refused', { keys: { issuers: 'ecdsa-p256-sha1' } }],
  ['is signed with 1024 bits', 'algorithm-refused', { keys: { issuers: 'rsa-1024' } }],
  ['names another issuer', 'name-mismatch', { leaf: () => ({ issuer: commonName('someone else') }) }],
  [
    'has an unknown critical extension',
    'unknown-critical-extension',
    { leaf: withExtension(UNKNOWN_CRITICAL) },
  ],
  [
    'comes from a CA with an unknown critical extension',
    'unknown-critical-extension',
    { intermediate: withExtension(UNKNOWN_CRITICAL) },
  ],
];

describe.each<readonly [string, Trust]>([
  ['EK', 'endorsement-key'],
  ['AK', 'certificate'],
])('the %s certificate of a machine', (_name, trust) => {
  it('is accepted when its chain holds', async () => {
    expect(await appraiseChain(trust)).toMatchObject({ outcome: 'accepted', status: 'affirming' });
  });

  it.each(DEFECTS)('S11 refuses the machine when it %s', async (_title, code, options) => {
    const result = await appraiseChain(trust, options);
    expect(result).toMatchObject({ outcome: 'refused', status: 'contraindicated' });
    expect(result.findings.map((finding) => finding.code)).toEqual([`certificate-${code}`]);
    expect(result.trustworthiness.hardware).toBe(97);
  });

  it('S11 refuses the machine when a list of its issuer’s revokes it', async () => {
    expect((await appraiseChain(trust, {}, undefined, {})).outcome).toBe('accepted');
    const result = await appraiseChain(trust, {}, undefined, { revoked: [1000] });
    expect(result.outcome).toBe('refused');
    expect(result.findings.map((finding) => finding.code)).toEqual(['certificate-revoked']);
  });

  it('S15 decides nothing by a list that is out of date', async () => {
    const result = await appraiseChain(trust, {}, undefined, { nextUpdate: new Date('2026-05-30') });
    expect(result.outcome).toBe('undecided');
    expect(result.findings.map((finding) => finding.code)).toEqual(['certificate-crl-expired']);
  });

  it('S11 refuses the machine the moment the chain expires', async () => {
    const end = new Date('2027-01-01T00:00:01.000Z');
    expect((await appraiseChain(trust, {}, new Date(end.getTime() - 1))).outcome).toBe('accepted');
    expect((await appraiseChain(trust, {}, end)).outcome).toBe('refused');
  });
});
