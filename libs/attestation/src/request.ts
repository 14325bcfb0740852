import { LOCK_PCR, type EvidenceRequest, type PolicyDocument, type TrustAnchor } from '@asterism/contracts';

/** What a verifier asks to see quoted under a policy: its bank, and its PCRs and the lock's (15), ascending. */
export function evidenceRequestOf(policy: PolicyDocument): EvidenceRequest {
  const pcrs = new Set([...Object.keys(policy.tpm.pcrs).map(Number), LOCK_PCR]);
  return { variant: policy.variant, bank: policy.tpm.bank, pcrs: [...pcrs].sort((a, b) => a - b) };
}

export interface Anchors {
  readonly endorsement: readonly TrustAnchor[];
  readonly attestation: readonly TrustAnchor[];
}

/** Roots a policy names for EK and for AK chains. `any` names none: such a chain is reported as not checked. */
export function anchorsOf(policy: PolicyDocument): Anchors {
  const key = policy.tpm.attestationKey;
  return {
    endorsement: key.trust === 'endorsement-key' && key.roots !== 'any' ? key.roots : [],
    attestation: key.trust === 'certificate' ? key.roots : [],
  };
}
