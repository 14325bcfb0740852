import type { PolicyDocument } from '@asterism/contracts';

/** How a node knows its API. There is no third mode and no default (protocol §1.5). */
export type ApiExpectation =
  /** The API proves its software state; the policy pins its attestation key or names AK roots. */
  | { readonly kind: 'evidence'; readonly policy: PolicyDocument }
  /** SHA-256 (hexadecimal) of the SubjectPublicKeyInfo of the API's long-term identity key. */
  | { readonly kind: 'pinned-key'; readonly spkiSha256: string };
