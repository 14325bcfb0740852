import {
  anchorsOf,
  appraise,
  confirmActivation,
  EvidenceNotGenuineError,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  type ActivatedKey,
  type Appraisal,
  type Collateral,
  type LockExpectation,
  type VendorRoots,
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '@asterism/attestation';
import {
  attestationBinding,
  proveIdentity,
  type AgentAttester,
  type AttestedConnection,
} from '@asterism/attested-tls';
import { fromBase64url, toBase64url, toHex, type Json } from '@asterism/bytes';
import {
  attestationRequestSchema,
  challengeRequestSchema,
  challengeSchema,
  freshNonceSchema,
  type AgentIdentity,
  type Evidence,
  type PolicyDocument,
  type PolicyOf,
  type TpmIdentity,
} from '@asterism/contracts';
import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { credentialFor } from './credential.ts';
import { Problem } from './problem.ts';

/** How the API proves itself: by its pinned key, by evidence of its TPM, or by nothing. */
export interface ScriptedProof {
  readonly identityKey?: KeyObject;
  readonly attester?: Pick<AgentAttester, 'collect'>;
  /** Bound instead of this connection. */
  readonly staleBinding?: Uint8Array;
}

/** What evidence is verified against; the vendors' roots and no collateral where only TPMs come. */
export interface ScriptedTrust {
  readonly roots: VendorRoots;
  readonly collateral: Collateral;
  readonly now: () => Date;
}
const VENDORS: ScriptedTrust = { roots: VENDOR_ROOTS, collateral: NO_COLLATERAL, now: () => new Date() };

export interface Claimant {
  readonly nonces: Map<string, { readonly secret: Uint8Array | null }>;
  /** Of a machine that is known by its endorsement key. */
  readonly keys: { readonly ekPublic: Uint8Array; readonly akPublic: Uint8Array } | null;
  activated: ActivatedKey | null;
  boot: string | null;
}

/** Evidence as a request carries it. */
export interface ClaimedEvidence {
  readonly nonce: string;
  readonly evidence: Evidence;
  readonly claims: Record<string, Json>;
}

/** Who is on a connection, both ways: protocol §1.4 as an API does it, with the product's own verification. */
export class ScriptedAttestation<Policy extends PolicyDocument = PolicyOf<'tpm'>> {
  policy: Policy;
  proof: ScriptedProof;
  trust: ScriptedTrust = VENDORS;
  /** Of the last challenge: what the node said it is, and its TLS key. */
  claimed: Extract<AgentIdentity, { variant: Policy['variant'] }> | null = null;
  clientSpki: Uint8Array | null = null;
  /** Every appraisal of a request, in order. */
  readonly appraisals: { readonly purpose: string; readonly appraisal: Appraisal }[] = [];
  /** Machine identities, one for each credential that was opened. */
  readonly activations: string[] = [];
  readonly #clusterId: Uint8Array;
  readonly #claimants = new WeakMap<AttestedConnection, Claimant>();
  #known: { readonly ak: string; readonly activated: ActivatedKey } | null = null;

  constructor(policy: Policy, proof: ScriptedProof, clusterId: Uint8Array) {
    this.policy = policy;
    this.proof = proof;
    this.#clusterId = clusterId;
  }

  async challenge(body: unknown, connection: AttestedConnection): Promise<unknown> {
    const request = challengeRequestSchema.parse(body);
    const { identity } = request;
    if (identity.variant !== this.policy.variant) throw new Problem('evidence-variant-wrong');
    this.claimed = identity as typeof this.claimed;
    this.clientSpki = connection.peerSpki;
    const claims = { service: 'scripted-api' };
    const fresh = await attestationBinding('server', {
      exporter: connection.exporter,
      nonce: fromBase64url(request.nonce),
      spki: connection.ownSpki,
      claims,
    });
    const { identityKey, attester, staleBinding: binding = fresh } = this.proof;
    const keys = identity.variant === 'tpm' ? keysOf(identity) : null;
    const known = keys !== null && this.#known?.ak === toHex(keys.akPublic) ? this.#known.activated : null;
    const secret = keys !== null && known === null ? new Uint8Array(randomBytes(32)) : null;
    const activation =
      keys === null || secret === null ? null : await credentialFor(keys.ekPublic, keys.akPublic, secret);
    const claimant: Claimant = { nonces: new Map(), keys, activated: known, boot: null };
    this.#claimants.set(connection, claimant);
    return challengeSchema.parse({
      ...this.#nonce(claimant, secret),
      claims,
      ...(attester && request.evidenceRequest
        ? { evidence: await attester.collect({ request: request.evidenceRequest, binding }) }
        : {}),
      ...(identityKey
        ? { identityProof: proveIdentity(identityKey, createPublicKey(identityKey), binding) }
        : {}),
      ...(activation ? { activation } : {}),
    });
  }

  /** @throws Problem where the evidence is not accepted */
  async attest(body: unknown, connection: AttestedConnection): Promise<Appraisal> {
    const request = attestationRequestSchema.parse(body);
    const claimant = this.#claimants.get(connection);
    if (claimant === undefined) throw new Problem('nonce-invalid');
    const { secret } = take(claimant, request.nonce);
    const { keys } = claimant;
    if (secret !== null && keys !== null) {
      claimant.activated = await confirmActivation({
        expectedSecret: secret,
        givenSecret: fromBase64url(request.activationSecret ?? ''),
        ...keys,
      });
      this.#known = { ak: toHex(keys.akPublic), activated: claimant.activated };
      this.activations.push(claimant.activated.identity);
    }
    const appraisal = await this.#appraise(claimant, request, connection, 'either');
    claimant.boot = bootOf(appraisal, connection);
    return appraisal;
  }

  /** @throws Problem `attestation-required` */
  attested(connection: AttestedConnection): Claimant {
    const claimant = this.#claimants.get(connection);
    if (claimant === undefined || claimant.boot === null) throw new Problem('attestation-required');
    return claimant;
  }

  freshNonce(connection: AttestedConnection): unknown {
    return freshNonceSchema.parse(this.#nonce(this.attested(connection), null));
  }

  /** Uses up the nonce of a request on an attested connection. @throws Problem where it is not accepted */
  async appraiseFresh(
    request: ClaimedEvidence,
    connection: AttestedConnection,
    lock: LockExpectation['expected'],
  ): Promise<Appraisal> {
    const claimant = this.attested(connection);
    take(claimant, request.nonce);
    return this.#appraise(claimant, request, connection, lock);
  }

  /** Refused or not; a lie is a Problem `evidence-not-genuine`. */
  async verify(
    { activated, keys }: Claimant,
    evidence: Evidence,
    binding: Uint8Array,
    lock: LockExpectation['expected'],
  ): Promise<Appraisal> {
    const { policy, trust } = this;
    const now = trust.now();
    const verified = await verifyEvidence(parseEvidence(evidence), {
      binding,
      request: evidenceRequestOf(policy),
      activated,
      ekPublic: keys?.ekPublic ?? null,
      anchors: anchorsOf(policy),
      roots: trust.roots,
      collateral: trust.collateral,
      now,
    }).catch((error: unknown) => {
      if (!(error instanceof EvidenceNotGenuineError)) throw error;
      throw new Problem('evidence-not-genuine', { detail: error.message });
    });
    const clusterId = this.#clusterId;
    const expected: LockExpectation = lock === 'open' ? { expected: lock } : { expected: lock, clusterId };
    return appraise(verified, policy, { now, lock: expected });
  }

  async #appraise(
    claimant: Claimant,
    { nonce, evidence, claims }: ClaimedEvidence,
    connection: AttestedConnection,
    lock: LockExpectation['expected'],
  ): Promise<Appraisal> {
    const binding = await clientBinding(connection, fromBase64url(nonce), claims);
    const appraisal = await this.verify(claimant, evidence, binding, lock);
    this.appraisals.push({ purpose: String(claims['purpose']), appraisal });
    const { outcome, findings } = appraisal.result;
    if (outcome === 'accepted') return appraisal;
    throw new Problem(outcome === 'refused' ? 'evidence-refused' : 'evidence-undecided', { findings });
  }

  #nonce(claimant: Claimant, secret: Uint8Array | null) {
    const nonce = toBase64url(randomBytes(32));
    claimant.nonces.set(nonce, { secret });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    return { nonce, expiresAt, evidenceRequest: evidenceRequestOf(this.policy) };
  }
}

/** Protocol §6: of evidence that tells no boot from another, the connection. */
export function bootOf({ verified }: Appraisal, connection: AttestedConnection): string {
  return verified.bootIdentity ?? connection.id;
}

function keysOf({ ekPublic, akPublic }: TpmIdentity): NonNullable<Claimant['keys']> {
  return { ekPublic: fromBase64url(ekPublic), akPublic: fromBase64url(akPublic) };
}

function take(claimant: Claimant, nonce: string): { readonly secret: Uint8Array | null } {
  const issued = claimant.nonces.get(nonce);
  if (issued === undefined) throw new Problem('nonce-invalid');
  claimant.nonces.delete(nonce);
  return issued;
}

export function clientBinding(
  connection: AttestedConnection,
  nonce: Uint8Array,
  claims: Json,
): Promise<Uint8Array> {
  const { exporter, peerSpki: spki } = connection;
  return attestationBinding('client', { exporter, nonce, spki, claims });
}
