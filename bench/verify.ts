/**
 * `asterism bench verify [--count N] [--json]`: how much of a verification is not signature arithmetic. Evidence is parsed
 * and verified as the API does it; beside it, only the signature checks that it contains are made, from the same bytes.
 * Issuers' signatures are remembered by libs/x509, so a chain can cost less than its checks.
 */
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
import type { TpmEvidence } from '@asterism/contracts';
import type { MintedMachine } from '@asterism/testkit';
import { toSpki } from '@asterism/tpm';
import { ecdsaDerToRaw, type Certificate } from '@asterism/x509';
import { createMaker, makeMachine, policyFor } from './maker.ts';
import { print, readOptions, round } from './report.ts';

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
const ROUNDS = 5;

const { count, json } = readOptions({ count: 6_000 });
const now = new Date();
const maker = await createMaker(now);
const policy = policyFor(maker);
const machines = await Promise.all(
  Array.from({ length: MACHINES }, () => makeMachine(maker, { cluster: 'bench', pool: 'bench' })),
);

const results = [];
for (const withChain of [false, true]) {
  const cases = await Promise.all(machines.map((machine) => makeCase(machine, withChain)));
  const caseOf = (turn: number): Case => cases[turn % cases.length] ?? fail();
  const checks = caseOf(0).checks.length;
  await measure(MACHINES, (turn) => verify(caseOf(turn)));
  const [raw, full]: [Speed[], Speed[]] = [[], []];
  // Turn by turn, so that a change of the computer's speed meets both alike.
  for (let round = 0; round < ROUNDS; round++) {
    const [from, times] = [round * MACHINES, Math.ceil(count / ROUNDS)];
    raw.push(await measure(times, (turn) => checkSignatures(caseOf(from + turn))));
    full.push(await measure(times, (turn) => verify(caseOf(from + turn))));
  }
  const [speed, bare] = [full, raw].map((speeds) => ({
    perSecond: median(speeds.map(({ perSecond }) => perSecond)),
    cpu: median(speeds.map(({ cpu }) => cpu)),
  })) as [Speed, Speed];
  results.push({
    evidence: withChain ? 'first attestation: quote, log, EK chain' : 're-attestation: quote, log',
    signatureChecks: checks,
    perSecond: round(speed.perSecond),
    checksPerSecond: round(bare.perSecond * checks),
    ratio: round(speed.perSecond / bare.perSecond, 3),
    cpuMicroseconds: round(speed.cpu),
    ofChecks: round(bare.cpu),
    cpuRatio: round(bare.cpu / speed.cpu, 3),
  });
}
print(json, 'verify', results);

async function makeCase(machine: MintedMachine, withChain: boolean): Promise<Case> {
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

interface Speed {
  readonly perSecond: number;
  /** Of all threads, in microseconds: does not depend on who else uses the computer. */
  readonly cpu: number;
}

async function measure(times: number, work: (turn: number) => Promise<void>): Promise<Speed> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  for (let turn = 0; turn < times; turn++) await work(turn);
  const { user, system } = process.cpuUsage(used);
  return { perSecond: (1000 * times) / (performance.now() - began), cpu: (user + system) / times };
}

function fail(): never {
  throw new Error('no machines');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
