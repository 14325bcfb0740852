import type { Collateral, CollateralNeed } from '@asterism/attestation';
import type { Bytes } from '@asterism/bytes';
import type { AmdRoot } from '@asterism/snp';
import type { TrustAnchor } from '@asterism/x509';

/** One answer of a vendor's, with all that its verification takes: it can be kept, carried and verified alone. */
export interface CollateralItem {
  readonly need: CollateralNeed;
  readonly fetchedAt: Date;
  /** Host that answered. For people: what it said is proved by signatures. */
  readonly source: string;
  /** DER of a certificate or list, PEM of a chain, or the text of a signed document. */
  readonly content: Bytes;
  /** PEM of its issuers up to the root; null where `content` is the chain. */
  readonly issuerChain: string | null;
}

/** `AMD_ROOTS` and `INTEL_SGX_ROOTS`, outside of laboratories. */
export interface VendorRoots {
  readonly amd: readonly AmdRoot[];
  readonly intel: readonly TrustAnchor[];
}

/** An item that `verifyItem` has proved to be the vendor's answer to its need, at a time. */
export interface VerifiedItem {
  readonly item: CollateralItem;
  readonly collateral: Collateral;
  /** SHA-256 of the content, hexadecimal. */
  readonly contentSha256: string;
  /** Name of whoever signed it. */
  readonly issuer: string;
  readonly thisUpdate: Date;
  /** From here on it is never used (S15). */
  readonly nextUpdate: Date;
}
