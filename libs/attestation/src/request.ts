import {
  LOCK_PCR,
  type EvidenceRequest,
  type PolicyDocument,
  type PolicyOf,
  type QuotedVariant,
  type QuoteRequest,
  type TrustAnchor,
} from '@asterism/contracts';

/**
 * What a verifier asks for under a policy. Where there is a quote: its bank, and the policy's PCRs and the lock's (15),
 * ascending. Other evidence has nothing to select.
 */
export function evidenceRequestOf(policy: PolicyOf<QuotedVariant>): QuoteRequest;
export function evidenceRequestOf(policy: PolicyDocument): EvidenceRequest;
export function evidenceRequestOf(policy: PolicyDocument): EvidenceRequest {
  if (!('tpm' in policy)) return { variant: policy.variant };
  const pcrs = new Set([...Object.keys(policy.tpm.pcrs).map(Number), LOCK_PCR]);
  return { variant: policy.variant, bank: policy.tpm.bank, pcrs: [...pcrs].sort((a, b) => a - b) };
}

export interface Anchors {
  readonly endorsement: readonly TrustAnchor[];
  readonly attestation: readonly TrustAnchor[];
}

/** Roots a policy names for EK and for AK chains. `any` names none: such a chain is reported as not checked. */
export function anchorsOf(policy: PolicyDocument): Anchors {
  const key = 'tpm' in policy && 'attestationKey' in policy.tpm ? policy.tpm.attestationKey : undefined;
  return {
    endorsement: key?.trust === 'endorsement-key' && key.roots !== 'any' ? key.roots : [],
    attestation: key?.trust === 'certificate' ? key.roots : [],
  };
}
