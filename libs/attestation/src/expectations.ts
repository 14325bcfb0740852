import type { EvidenceRequest } from '@asterism/contracts';
import { AMD_ROOTS, type AmdRoot } from '@asterism/snp';
import { INTEL_SGX_ROOTS } from '@asterism/tdx';
import { NITRO_ROOTS } from '@asterism/tpm';
import type { TrustAnchor } from '@asterism/x509';
import type { Collateral } from './collateral/collateral.ts';
import type { Anchors } from './request.ts';
import type { ActivatedKey } from './stages.ts';

/** Roots of the vendors whose TEEs are trusted. An empty list refuses all of that vendor. */
export interface VendorRoots {
  readonly amd: readonly AmdRoot[];
  readonly intel: readonly TrustAnchor[];
  readonly nitro: readonly TrustAnchor[];
}

/** The vendors' own roots. Others are for laboratories and tests. */
export const VENDOR_ROOTS: VendorRoots = Object.freeze({
  amd: AMD_ROOTS,
  intel: INTEL_SGX_ROOTS,
  nitro: NITRO_ROOTS,
});

/** What `verifyEvidence` compares against. Nothing is optional: an unset expectation would be "not checked" (S04). */
export interface VerificationExpectations {
  /** The 32 bytes that the evidence must carry, computed by the caller from its own view of the exchange. */
  readonly binding: Uint8Array;
  /** Exactly this variant and, where there is a quote, this bank and PCR selection. */
  readonly request: EvidenceRequest;
  /** What is already proved about a TPM's attestation key; null where nothing is. */
  readonly activated: ActivatedKey | null;
  /** The EK (TPMT_PUBLIC) that the machine claims; an EK certificate must be for this key. Null where none was claimed. */
  readonly ekPublic: Uint8Array | null;
  /** Anchors for the EK and AK chains, of the pool's policy: `anchorsOf(policy)`. */
  readonly anchors: Anchors;
  /** `VENDOR_ROOTS`, outside of laboratories. */
  readonly roots: VendorRoots;
  /** What vendors publish: `NO_COLLATERAL` where there is none, and what needs some is undecided. */
  readonly collateral: Collateral;
  readonly now: Date;
}

/** What the lock must be: `either` is for a connection, which may come before or after the lock of a boot. */
export type LockExpectation =
  | { readonly expected: 'open' }
  | { readonly expected: 'locked'; readonly clusterId: Uint8Array }
  | { readonly expected: 'either'; readonly clusterId: Uint8Array };

export interface AppraisalContext {
  readonly now: Date;
  readonly lock: LockExpectation;
}
