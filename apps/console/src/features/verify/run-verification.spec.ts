import { evidenceRequestOf, lockedPcr15, toEarClaims, verificationBinding } from '@asterism/attestation';
import { fromBase64url, toBase64url, toHex } from '@asterism/bytes';
import type { AppraisalResult, PolicyOf, TpmEvidence, Verification } from '@asterism/contracts';
import {
  commonName,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintCertificate,
  mintKey,
  mintTpm,
  type MintedTpm,
} from '@asterism/testkit';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { runVerification, type VerificationSource } from './run-verification.ts';
import { toStages } from './stages.ts';
import { toVerdict } from './verdict.ts';

const NODE = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const CLUSTER_ID = new Uint8Array(32).fill(0xc1);
const PCR4 = new Uint8Array(32).fill(4);
const NOW = new Date('2026-06-01T00:00:00Z');
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
let ekCertificate: Uint8Array;
let policy: PolicyOf<'tpm'>;
let signer: CryptoKey;
let jwks: JSONWebKeySet;

beforeAll(async () => {
  tpm = await mintTpm();
  const maker = await mintKey();
  ({ der: ekCertificate } = await mintCertificate({
    version: 3,
    serial: 1,
    subject: commonName('EK'),
    issuer: commonName('TPM maker'),
    notBefore: MINT_NOT_BEFORE,
    notAfter: MINT_NOT_AFTER,
    spki: tpm.ekSpki,
    extensions: [],
    signer: maker,
    algorithm: maker.algorithm,
    outerAlgorithm: maker.algorithm,
    signature: (genuine) => genuine,
  }));
  policy = {
    schema: 'asterism/policy/v1',
    variant: 'tpm',
    reattestationInterval: 60,
    maximumCollateralAge: 'any',
    approval: 'automatic',
    tpm: {
      bank: 'sha256',
      pcrs: { '4': { mode: 'enforce', values: [{ digest: toHex(PCR4), comment: 'agent' }] } },
      attestationKey: { trust: 'endorsement-key', roots: 'any', allow: [tpm.identity] },
      eventLog: 'any',
    },
  };
  const pair = await generateKeyPair('ES256');
  signer = pair.privateKey;
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
});

/** A node and an API that tell the truth, but for what a test changes on the way. */
function source(alter: (answer: Verification) => Verification = (answer) => answer): VerificationSource {
  const quote = (binding: Uint8Array, pcr15: Uint8Array) =>
    tpm.quote({
      request: evidenceRequestOf(policy),
      binding,
      pcrs: { 4: PCR4, 15: pcr15 },
      ekCertificates: [ekCertificate],
    });
  return {
    lastEvidence: () => quote(new Uint8Array(32), new Uint8Array(32)),
    jwks: () => Promise.resolve(jwks),
    verify: async ({ nonce, activation }) => {
      const binding = await verificationBinding(CLUSTER_ID, NODE, fromBase64url(nonce), claims);
      const ear = toEarClaims({
        node: 'node-1',
        result: accepted,
        policyId: 'pool:workers/policy:1',
        nonce,
        issuedAt: NOW,
        verifier: { developer: 'https://asterism.dev', build: '0.1.0' },
      });
      return alter({
        nodeId: NODE,
        nodeName: 'node-1',
        clusterId: toHex(CLUSTER_ID),
        nonce,
        evidence: await quote(binding, await lockedPcr15('sha256', CLUSTER_ID)),
        claims: { ...claims },
        activationSecret: activation === undefined ? null : toBase64url(await tpm.activate(activation)),
        collateral: { schema: 'asterism/collateral/v1', items: [] },
        policyVersion: 1,
        appraisal: accepted,
        result: await new SignJWT({ ...ear }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(signer),
      });
    },
  };
}

const run = (from: VerificationSource, change: Partial<Parameters<typeof runVerification>[0]> = {}) =>
  runVerification(
    { nodeId: NODE, clusterId: toHex(CLUSTER_ID), policy, ...change },
    from,
    (length) => crypto.getRandomValues(new Uint8Array(length)),
    () => NOW,
    () => undefined,
  );

const statesOf = (report: Parameters<typeof toStages>[0]) => toStages(report).map(({ state }) => state);

/** What somebody between console and API would do: one PCR value says something else. */
function withOtherPcr(answer: Verification): Verification {
  const evidence = structuredClone(answer.evidence) as TpmEvidence;
  evidence.parts.pcrs['4'] = toBase64url(new Uint8Array(32).fill(9));
  return { ...answer, evidence };
}

describe('runVerification', () => {
  it('accepts genuine evidence over its own nonce and its own credential', async () => {
    const report = await run(source());
    expect(report.local.result).toMatchObject({ outcome: 'accepted', findings: [] });
    expect(report).toMatchObject({ madeCredential: true, signedResult: { valid: true } });
    expect(new Set(statesOf(report))).toEqual(new Set(['passed']));
    expect(toVerdict(report)).toMatchObject({ tone: 'ok', differs: false });
  });

  it('S01 uses another nonce every time', async () => {
    const [first, second] = [await run(source()), await run(source())];
    expect(first.nonce).not.toBe(second.nonce);
  });

  it('refuses altered evidence that the server accepted, at the stage that proves it genuine', async () => {
    const report = await run(source(withOtherPcr));
    expect(toVerdict(report).headline).toBe('This browser refuses; the server said accepted');
    expect(report.local.decidedBy).toBe('verify');
    expect(statesOf(report)).toEqual(['passed', 'passed', 'passed', 'failed', 'not-reached', 'passed']);
  });

  it('refuses a value that its own policy does not name, at the stage that appraises', async () => {
    const own = structuredClone(policy);
    own.tpm.pcrs['4'] = { mode: 'enforce', values: [{ digest: 'ee'.repeat(32), comment: 'my image' }] };
    const report = await run(source(), { policy: own });
    expect(report.local.decidedBy).toBe('appraise');
    expect(report.local.result.findings).toMatchObject([{ code: 'pcr-mismatch', claim: 'tpm.pcr.4' }]);
    expect(toVerdict(report).differs).toBe(true);
  });

  it('refuses a machine that could not open the credential', async () => {
    const report = await run(
      source((answer) => ({ ...answer, activationSecret: toBase64url(new Uint8Array(32)) })),
    );
    expect(report.local.result.findings[0]?.code).toBe('activation-failed');
    expect(report.local.claims).toBeNull();
  });

  it('cannot decide without a credential, and says that none was made', async () => {
    const from = source();
    const without = {
      ...from,
      lastEvidence: async () => {
        const evidence = (await from.lastEvidence()) as TpmEvidence;
        return { ...evidence, parts: { ...evidence.parts, ekCertificates: [] } };
      },
    };
    const report = await run(without);
    expect(report.madeCredential).toBe(false);
    expect(report.local.result.outcome).toBe('undecided');
    expect(statesOf(report)[1]).toBe('undecided');
  });

  it('refuses evidence that is not well-formed at the first stage', async () => {
    const report = await run(
      source((answer) => ({ ...answer, evidence: { variant: 'tpm' } as TpmEvidence })),
    );
    expect(report.local.decidedBy).toBe('parse');
    expect(statesOf(report)).toEqual(['passed', 'passed', 'failed', 'not-reached', 'not-reached', 'passed']);
  });

  it('sees a signed result of another key or for another nonce', async () => {
    const other = await generateKeyPair('ES256');
    const foreign = {
      keys: [{ ...(await exportJWK(other.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }],
    };
    const report = await run({ ...source(), jwks: () => Promise.resolve(foreign) });
    expect(report.signedResult.valid).toBe(false);
    expect(toVerdict(report).tone).toBe('bad');
    expect(statesOf(report).at(-1)).toBe('failed');
  });
});
