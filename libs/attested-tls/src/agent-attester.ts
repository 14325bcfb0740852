import type { Activation, AgentIdentity, Evidence, EvidenceRequest } from '@asterism/contracts';

/** The machine's side of attestation, implemented over its TPM or TEE. */
export interface AgentAttester {
  identity(): Promise<AgentIdentity>;
  /** Evidence over `binding` (32 bytes), with exactly the requested bank and PCRs. */
  collect(order: { readonly request: EvidenceRequest; readonly binding: Uint8Array }): Promise<Evidence>;
  /** The secret inside a credential (TPM2_ActivateCredential). @throws when this TPM cannot open it. */
  activate(activation: Activation): Promise<Uint8Array>;
}
