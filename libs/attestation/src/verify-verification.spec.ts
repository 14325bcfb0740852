import { toBase64url, toHex } from '@asterism/bytes';
import type { AppraisalResult, PolicyDocument, Verification } from '@asterism/contracts';
import { mintTpm, type MintedTpm } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  evidenceRequestOf,
  lockedPcr15,
  VENDOR_ROOTS,
  verificationBinding,
  verifyVerification,
  type VerificationContext,
} from './index.ts';

const NODE = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const CLUSTER_ID = new Uint8Array(32).fill(0xc1);
const NONCE = new Uint8Array(32).fill(0x11);
const SECRET = new Uint8Array(32).fill(0x5e);
const PCR4 = new Uint8Array(32).fill(4);
const claims = {
  purpose: 'verification',
  agentVersion: '0.1.0',
  tlsPublicKey: 'ab'.repeat(32),
  sshHostKeys: [],
  kubeletCertificate: null,
  apiServerCertificate: null,
} as const;
const accepted: AppraisalResult = {
  outcome: 'accepted',
  status: 'affirming',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: {},
};
let tpm: MintedTpm;
let policy: PolicyDocument;

beforeAll(async () => {
  tpm = await mintTpm();
  policy = {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: { '4': { mode: 'enforce', values: [{ digest: toHex(PCR4), comment: 'image' }] } },
      attestationKey: { trust: 'endorsement-key', roots: 'any', allow: [tpm.identity] },
      eventLog: 'any',
    },
  };
});

interface Change {
  readonly binding?: Uint8Array;
  readonly pcr4?: Uint8Array;
  readonly locked?: Uint8Array;
  readonly response?: Partial<Verification>;
  readonly context?: Partial<VerificationContext>;
}

async function run({ binding, pcr4 = PCR4, locked = CLUSTER_ID, response, context }: Change = {}) {
  const evidence = await tpm.quote({
    request: evidenceRequestOf(policy),
    binding: binding ?? (await verificationBinding(CLUSTER_ID, NODE, NONCE, claims)),
    pcrs: { 4: pcr4, 15: await lockedPcr15('sha256', locked) },
  });
  const answer: Verification = {
    nodeId: NODE,
    nodeName: 'node-1',
    clusterId: toHex(CLUSTER_ID),
    nonce: toBase64url(NONCE),
    evidence,
    claims: { ...claims },
    activationSecret: toBase64url(SECRET),
    collateral: { schema: 'asterism/collateral/v1', items: [] },
    policyVersion: 1,
    appraisal: accepted,
    result: 'not.read.here',
    ...response,
  };
  return verifyVerification(answer, {
    nonce: toBase64url(NONCE),
    nodeId: NODE,
    expectedClusterId: toHex(CLUSTER_ID),
    policy,
    activation: { secret: SECRET, akPublic: tpm.akPublic, ekPublic: tpm.ekPublic },
    roots: VENDOR_ROOTS,
    now: new Date('2026-11-24T10:00:00Z'),
    ...context,
  });
}

const codesOf = ({ result }: Awaited<ReturnType<typeof run>>) =>
  result.findings.map((finding) => finding.code);

describe('verifyVerification', () => {
  it('accepts genuine evidence of the node that was asked about', async () => {
    const verification = await run();
    expect(verification.result).toMatchObject({ outcome: 'accepted', status: 'affirming', findings: [] });
    expect(verification.agreesWithServer).toBe(true);
    expect(verification.decidedBy).toBe('appraise');
    expect(verification.claims).toEqual(claims);
  });

  it('says refused where the server says accepted', async () => {
    const verification = await run({ pcr4: new Uint8Array(32).fill(9) });
    expect(verification.result.outcome).toBe('refused');
    expect(verification.server.outcome).toBe('accepted');
    expect(verification.agreesWithServer).toBe(false);
    expect(codesOf(verification)).toEqual(['pcr-mismatch']);
  });

  it('does not accept without a credential of the caller’s own', async () => {
    const verification = await run({ context: { activation: null } });
    expect(verification.result).toMatchObject({ outcome: 'undecided', status: 'none' });
    expect(verification.agreesWithServer).toBe(false);
    expect(codesOf(verification)).toContain('activation-missing');
  });

  it.each([
    ['another', toBase64url(new Uint8Array(32))],
    ['no', null],
  ])('refuses %s secret for the caller’s credential', async (_, activationSecret) => {
    const verification = await run({ response: { activationSecret } });
    expect(verification.result.outcome).toBe('refused');
    expect(codesOf(verification)).toEqual(['activation-failed']);
    expect(verification.decidedBy).toBe('verify');
    expect(verification.claims).toBeNull();
  });

  it.each([
    ['nonce', { nonce: toBase64url(new Uint8Array(32)) }],
    ['node', { nodeId: NODE.replace('a11', 'a12') }],
    ['cluster', { clusterId: '00'.repeat(32) }],
  ])('S01 refuses an answer for another %s', async (_, response) => {
    expect(codesOf(await run({ response }))).toEqual(['binding-mismatch']);
  });

  it('S01 refuses evidence bound to another nonce, node, cluster or claims behind a matching answer', async () => {
    for (const binding of [
      await verificationBinding(CLUSTER_ID, NODE, new Uint8Array(32), claims),
      await verificationBinding(CLUSTER_ID, NODE.replace('a11', 'a12'), NONCE, claims),
      await verificationBinding(new Uint8Array(32), NODE, NONCE, claims),
      await verificationBinding(CLUSTER_ID, NODE, NONCE, { ...claims, agentVersion: '0.1.1' }),
    ]) {
      const verification = await run({ binding });
      expect(codesOf(verification)).toEqual(['binding-mismatch']);
      expect(verification.claims).toBeNull();
    }
  });

  it('refuses claims that were altered on the way', async () => {
    const altered = { ...claims, tlsPublicKey: 'cd'.repeat(32) };
    expect(codesOf(await run({ response: { claims: altered } }))).toEqual(['binding-mismatch']);
    expect(codesOf(await run({ response: { claims: { purpose: 'connection' } } }))).toEqual([
      'evidence-malformed',
    ]);
  });

  it('S20 refuses a machine that is locked into another cluster', async () => {
    expect(codesOf(await run({ locked: new Uint8Array(32) }))).toEqual(['lock-foreign']);
  });

  it('S09 refuses malformed evidence without throwing', async () => {
    const verification = await run({ response: { evidence: null as never } });
    expect(verification.result.outcome).toBe('refused');
    expect(codesOf(verification)).toEqual(['evidence-malformed']);
    expect(verification.decidedBy).toBe('parse');
  });
});

describe('verificationBinding', () => {
  it('S04 refuses a cluster identity or nonce that is not 32 bytes', async () => {
    await expect(verificationBinding(new Uint8Array(), NODE, NONCE, claims)).rejects.toThrow(/clusterId/);
    await expect(verificationBinding(CLUSTER_ID, NODE, new Uint8Array(31), claims)).rejects.toThrow(/nonce/);
  });
});
