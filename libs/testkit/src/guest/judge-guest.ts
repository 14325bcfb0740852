import {
  anchorsOf,
  appraise,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  type Appraisal,
  type LockExpectation,
  type VerificationExpectations,
  type VerifiedEvidence,
} from '@asterism/attestation';
import type { Evidence, PolicyDocument } from '@asterism/contracts';
import { MINT_AT } from '../x509/index.ts';
import { mintedPolicy } from './guest-policy.ts';
import type { MintedGuest } from './minted-guest.ts';

export const MINT_BINDING = new Uint8Array(32).fill(0xb1);
export const MINT_CLUSTER_ID = new Uint8Array(32).fill(0xc1);

export interface Judging {
  readonly policy?: PolicyDocument;
  readonly evidence?: unknown;
  readonly expected?: Partial<VerificationExpectations>;
  readonly lock?: LockExpectation;
}

/** What a verifier expects of a guest that was minted honestly. */
function expectationsOf(
  guest: MintedGuest,
  policy: PolicyDocument,
  change: Partial<VerificationExpectations> = {},
): VerificationExpectations {
  return {
    binding: MINT_BINDING,
    request: evidenceRequestOf(policy),
    activated: null,
    ekPublic: null,
    anchors: anchorsOf(policy),
    roots: guest.roots,
    collateral: guest.collateral,
    now: MINT_AT,
    ...change,
  };
}

export async function collectFrom(guest: MintedGuest, binding = MINT_BINDING): Promise<Evidence> {
  return guest.collect({ request: evidenceRequestOf(mintedPolicy(guest)), binding });
}

/** parse → verify. */
export async function verifyGuest(guest: MintedGuest, judging: Judging = {}): Promise<VerifiedEvidence> {
  const { policy = mintedPolicy(guest), evidence = await collectFrom(guest), expected } = judging;
  return verifyEvidence(parseEvidence(evidence), expectationsOf(guest, policy, expected));
}

/** parse → verify → appraise. */
export async function appraiseGuest(guest: MintedGuest, judging: Judging = {}): Promise<Appraisal> {
  const { policy = mintedPolicy(guest), lock = { expected: 'either', clusterId: MINT_CLUSTER_ID } } = judging;
  const verified = await verifyGuest(guest, judging);
  return appraise(verified, policy, { now: judging.expected?.now ?? MINT_AT, lock });
}

/** Findings as `code claim`. */
export async function findingsOf(guest: MintedGuest, judging: Judging = {}): Promise<readonly string[]> {
  const { result } = await appraiseGuest(guest, judging);
  return result.findings.map(({ code, claim }) => `${code} ${claim}`);
}
