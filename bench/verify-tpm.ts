import { randomBytes } from 'node:crypto';
import {
  activatedFromRecord,
  anchorsOf,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  type VerificationExpectations,
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '@asterism/attestation';
import { sha256, toHex, type Bytes } from '@asterism/bytes';
import type { PolicyDocument, TpmEvidence } from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { toSpki } from '@asterism/tpm';
import { ecdsaDerToRaw, type Certificate } from '@asterism/x509';
import { createMaker, makeMachine, policyFor } from './maker.ts';
import { compare, type Ratio } from './signature-ratio.ts';

interface SignatureCheck {
  readonly spki: Bytes;
  readonly signature: Bytes;
  readonly data: Bytes;
}

interface Case {
  readonly evidence: TpmEvidence;
  readonly expected: VerificationExpectations;
  readonly checks: readonly SignatureCheck[];
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNED = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** More than the signatures that libs/x509 remembers: each verification meets a machine whose certificate it has not seen. */
const MACHINES = 1_200;

const now = new Date();

export interface TpmRatio extends Ratio {
  readonly evidence: string;
}

/**
 * Evidence of TPMs parsed and verified as the API does it, against its signature checks. Issuers' signatures are remembered
 * by libs/x509, so a chain can cost less than its checks.
 */
export async function measureTpm(count: number): Promise<readonly TpmRatio[]> {
  const maker = await createMaker(now);
  const policy = policyFor(maker);
  const machines = await Promise.all(
    Array.from({ length: MACHINES }, () => makeMachine(maker, { cluster: 'bench', pool: 'bench' })),
  );
  const results: TpmRatio[] = [];
  for (const withChain of [false, true]) {
    const cases = await Promise.all(machines.map((machine) => makeCase(machine, policy, withChain)));
    const caseOf = (turn: number): Case => cases[turn % cases.length] ?? fail();
    const ratio = await compare(
      {
        signatureChecks: caseOf(0).checks.length,
        verify: (turn) => verify(caseOf(turn)),
        checkSignatures: (turn) => checkSignatures(caseOf(turn)),
      },
      { count, warmUp: MACHINES },
    );
    const evidence = withChain ? 'first attestation: quote, log, EK chain' : 're-attestation: quote, log';
    results.push({ evidence, ...ratio });
  }
  return results;
}

async function makeCase(machine: MintedMachine, policy: PolicyDocument, withChain: boolean): Promise<Case> {
  const request = evidenceRequestOf(policy);
  const binding = new Uint8Array(randomBytes(32));
  const collected = (await machine.collect({ request, binding })) as TpmEvidence;
  const { ekCertificates, ...parts } = collected.parts;
  if (ekCertificates === undefined) throw new Error('no EK certificates');
  const evidence = withChain ? collected : { ...collected, parts };
  const akPublicSha256 = toHex(await sha256(machine.tpm.akPublic));
  const { identity, ekPublic } = machine.tpm;
  return {
    evidence,
    checks: checksOf(evidence),
    expected: {
      binding,
      request,
      activated: activatedFromRecord({ akPublicSha256, identity }),
      ekPublic,
      anchors: anchorsOf(policy),
      roots: VENDOR_ROOTS,
      collateral: NO_COLLATERAL,
      now,
    },
  };
}

function checksOf(evidence: TpmEvidence): readonly SignatureCheck[] {
  const parsed = parseEvidence(evidence);
  if (parsed.variant !== 'tpm') throw new Error('not evidence of a TPM');
  const { quote, ekCertificates } = parsed.quote;
  if (quote.signature.scheme !== 'ecdsa') throw new Error('not ECDSA');
  const { r, s } = quote.signature;
  const ofQuote = {
    spki: toSpki(quote.akPublic),
    signature: new Uint8Array([...r, ...s]),
    data: quote.quote,
  };
  return [ofQuote, ...ekCertificates.map((certificate, i) => checkOf(certificate, ekCertificates[i + 1]))];
}

/** The last of a chain signs itself. */
function checkOf(certificate: Certificate, issuer = certificate): SignatureCheck {
  const { tbs: data, signature } = certificate;
  return { spki: issuer.spki, data, signature: ecdsaDerToRaw(signature, 'P-256') };
}

async function checkSignatures({ checks }: Case): Promise<void> {
  for (const { spki, signature, data } of checks) {
    const key = await crypto.subtle.importKey('spki', spki, KEY, false, ['verify']);
    if (!(await crypto.subtle.verify(SIGNED, key, signature, data)))
      throw new Error('signature is not valid');
  }
}

async function verify({ evidence, expected }: Case): Promise<void> {
  await verifyEvidence(parseEvidence(evidence), expected);
}

function fail(): never {
  throw new Error('no machines');
}
