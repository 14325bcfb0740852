import type { EvidenceRequest } from '@asterism/contracts';
import type { Anchors } from './request.ts';
import type { ActivatedKey } from './stages.ts';

/** What `verifyEvidence` compares against. Nothing is optional: an unset expectation would be "not checked" (S04). */
export interface VerificationExpectations {
  /** The 32 bytes that the evidence must carry, computed by the caller from its own view of the exchange. */
  readonly binding: Uint8Array;
  /** Exactly this variant, bank and PCR selection. */
  readonly request: EvidenceRequest;
  /** What is already proved about the attestation key; null where nothing is. */
  readonly activated: ActivatedKey | null;
  /** The EK (TPMT_PUBLIC) that the machine claims; an EK certificate must be for this key. Null where none was claimed. */
  readonly ekPublic: Uint8Array | null;
  /** Anchors for the EK and AK chains, of the pool's policy: `anchorsOf(policy)`. */
  readonly anchors: Anchors;
  readonly now: Date;
}

/** What PCR 15 must be: `either` is for a connection, which may come before or after the lock of a boot. */
export type LockExpectation =
  | { readonly expected: 'open' }
  | { readonly expected: 'locked'; readonly clusterId: Uint8Array }
  | { readonly expected: 'either'; readonly clusterId: Uint8Array };

export interface AppraisalContext {
  readonly now: Date;
  readonly lock: LockExpectation;
}
