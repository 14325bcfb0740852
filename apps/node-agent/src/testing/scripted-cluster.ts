import {
  anchorsOf,
  appraise,
  confirmActivation,
  EvidenceNotGenuineError,
  evidenceRequestOf,
  parseEvidence,
  verificationBinding,
  verifyEvidence,
  type ActivatedKey,
  type Appraisal,
  type LockExpectation,
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
  attestationSchema,
  challengeRequestSchema,
  challengeSchema,
  enrolmentRequestSchema,
  enrolmentResponseSchema,
  evidenceAnswerSchema,
  freshNonceSchema,
  lockRequestSchema,
  progressRequestSchema,
  selfSchema,
  type Activation,
  type AgentIdentity,
  type Evidence,
  type EvidenceAnswer,
  type EvidenceRequest,
  type NodeState,
  type PolicyDocument,
  type Ticket,
} from '@asterism/contracts';
import { clusterIdOf } from '@asterism/keys';
import { decodePublic, makeCredential, toTpmName } from '@asterism/tpm';
import { createPublicKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { Problem } from './problem.ts';

/** How the API proves itself: by its pinned key, by evidence of its TPM, or by nothing. */
export interface ScriptedProof {
  readonly identityKey?: KeyObject;
  readonly attester?: Pick<AgentAttester, 'collect'>;
  /** Bound instead of this connection. */
  readonly staleBinding?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

interface Claimant {
  readonly nonces: Map<string, { readonly secret: Uint8Array | null }>;
  readonly ekPublic: Uint8Array;
  readonly akPublic: Uint8Array;
  activated: ActivatedKey | null;
  boot: string | null;
}

export interface ExpectedAnswer {
  readonly nonce: Uint8Array;
  readonly activationSecret?: Uint8Array;
}

const NODE = { id: randomUUID(), name: 'workers-1', role: 'worker', pool: 'workers' } as const;

/** Records and verdicts of one cluster with one node. A test sets what it wants to happen and reads what happened. */
export class ScriptedCluster {
  policy: PolicyDocument;
  proof: ScriptedProof;
  /** `wait` asks the node to come again; a code refuses it. */
  enrolment:
    | 'grant'
    | { readonly wait: 'approval' | 'initialisation' }
    | { readonly refuse: Problem['code']; readonly retryAfter?: number } = 'grant';
  nodeState: NodeState | null = null;
  stateDiskKey = randomBytes(32);
  diskOpened = false;
  /** A lie in the ticket, instead of what follows from its secret. */
  claimedClusterId: Uint8Array | null = null;
  /** Seconds that an attestation is good for. */
  validity = 120;
  /** Of the last challenge: what the node said it is, and its TLS key. */
  claimed: AgentIdentity | null = null;
  clientSpki: Uint8Array | null = null;
  /** Every appraisal, in order. */
  readonly appraisals: { readonly purpose: string; readonly appraisal: Appraisal }[] = [];
  readonly activations: string[] = [];
  /** Boots that reported their lock. */
  readonly locked = new Set<string>();
  readonly granted: { readonly boot: string; readonly ticket: Ticket }[] = [];
  readonly progress: string[] = [];
  readonly answers = new Map<string, { readonly answer: EvidenceAnswer; readonly appraisal: Appraisal }>();
  readonly #claimants = new WeakMap<AttestedConnection, Claimant>();
  readonly #asked = new Map<string, ExpectedAnswer>();
  readonly #measurement = { secret: new Uint8Array(randomBytes(32)), salt: new Uint8Array(randomBytes(32)) };
  #known: { readonly ak: string; readonly activated: ActivatedKey } | null = null;

  constructor(policy: PolicyDocument, proof: ScriptedProof) {
    this.policy = policy;
    this.proof = proof;
  }

  get clusterId(): Uint8Array {
    return clusterIdOf(this.#measurement);
  }

  get node(): typeof NODE {
    return NODE;
  }

  /** What the answer to an event will be verified with. */
  expect(requestId: string, expected: ExpectedAnswer): void {
    this.#asked.set(requestId, expected);
  }

  async answer(path: string, body: unknown, connection: AttestedConnection): Promise<Answer> {
    const answered = /^\/agent\/v1\/evidence-requests\/([^/]+)$/.exec(path);
    if (answered?.[1] !== undefined) return this.#evidenceAnswer(answered[1], body, connection);
    switch (path) {
      case '/agent/v1/attestation/challenge':
        return { status: 200, json: await this.#challenge(body, connection) };
      case '/agent/v1/attestation':
        return { status: 200, json: await this.#attest(body, connection) };
      case '/agent/v1/nonces':
        return { status: 201, json: this.#freshNonce(this.#attested(connection)) };
      case '/agent/v1/enrolments':
        return this.#enrol(body, connection);
      case '/agent/v1/lock':
        return { status: 200, json: await this.#lock(body, connection) };
      case '/agent/v1/progress':
        return { status: 200, json: this.#progress(body, connection) };
      default:
        throw new Problem('route-unknown');
    }
  }

  requireMember(connection: AttestedConnection): void {
    this.#attested(connection);
    if (this.nodeState === 'quarantined') throw new Problem('node-quarantined');
    if (this.nodeState === 'revoked') throw new Problem('node-revoked');
    if (this.nodeState === null) throw new Problem('attestation-required');
  }

  async #challenge(body: unknown, connection: AttestedConnection): Promise<unknown> {
    const request = challengeRequestSchema.parse(body);
    this.claimed = request.identity;
    this.clientSpki = connection.peerSpki;
    const akPublic = fromBase64url(request.identity.akPublic);
    const ekPublic = fromBase64url(request.identity.ekPublic);
    const claims = { service: 'scripted-api' };
    const fresh = await attestationBinding('server', {
      exporter: connection.exporter,
      nonce: fromBase64url(request.nonce),
      spki: connection.ownSpki,
      claims,
    });
    const { identityKey, attester, staleBinding: binding = fresh } = this.proof;
    const known = this.#known?.ak === toHex(akPublic) ? this.#known.activated : null;
    const secret = known === null ? new Uint8Array(randomBytes(32)) : null;
    const activation = secret === null ? null : await credentialFor(ekPublic, akPublic, secret);
    const claimant: Claimant = { nonces: new Map(), akPublic, ekPublic, activated: known, boot: null };
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

  async #attest(body: unknown, connection: AttestedConnection): Promise<unknown> {
    const request = attestationRequestSchema.parse(body);
    const claimant = this.#claimants.get(connection);
    if (claimant === undefined) throw new Problem('nonce-invalid');
    if (this.nodeState === 'revoked') throw new Problem('node-revoked');
    const { secret } = take(claimant, request.nonce);
    if (secret !== null) {
      claimant.activated = await confirmActivation({
        expectedSecret: secret,
        givenSecret: fromBase64url(request.activationSecret ?? ''),
        akPublic: claimant.akPublic,
        ekPublic: claimant.ekPublic,
      });
      this.#known = { ak: toHex(claimant.akPublic), activated: claimant.activated };
      this.activations.push(claimant.activated.identity);
    }
    const appraisal = await this.#appraise(claimant, request, connection, 'either');
    claimant.boot = appraisal.verified.bootIdentity;
    const node = this.nodeState === null ? null : { id: NODE.id, name: NODE.name, state: this.nodeState };
    return attestationSchema.parse({
      appraisal: appraisal.result,
      validUntil: new Date(Date.now() + this.validity * 1_000).toISOString(),
      locked: appraisal.lock === 'locked',
      node,
    });
  }

  async #enrol(body: unknown, connection: AttestedConnection): Promise<Answer> {
    const claimant = this.#attested(connection);
    const request = enrolmentRequestSchema.parse(body);
    take(claimant, request.nonce);
    const { verified } = await this.#appraise(claimant, request, connection, 'open');
    const { enrolment } = this;
    if (enrolment !== 'grant' && 'refuse' in enrolment)
      throw new Problem(enrolment.refuse, { retryAfter: enrolment.retryAfter ?? null });
    if (this.nodeState === 'quarantined') throw new Problem('node-quarantined');
    if (this.locked.has(verified.bootIdentity)) throw new Problem('node-locked');
    if (enrolment !== 'grant') {
      const wait = { kind: 'wait', enrolmentId: randomUUID(), reason: enrolment.wait, retryAfter: 1 };
      return { status: 202, json: enrolmentResponseSchema.parse(wait) };
    }
    const before = this.granted.find(({ boot }) => boot === verified.bootIdentity);
    const ticket = before?.ticket ?? this.#ticket(request.claims.stateDiskId);
    if (before === undefined) this.granted.push({ boot: verified.bootIdentity, ticket });
    this.nodeState = 'attesting';
    const grant = { kind: 'grant', enrolmentId: randomUUID(), ticket };
    return { status: 200, json: enrolmentResponseSchema.parse(grant) };
  }

  #ticket(diskId: string): Ticket {
    const { secret, salt } = this.#measurement;
    return {
      kind: this.granted.length === 0 ? 'join' : 'rejoin',
      node: NODE,
      cluster: {
        id: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11',
        name: 'local',
        clusterId: toHex(this.claimedClusterId ?? this.clusterId),
        measurementSalt: toBase64url(salt),
        measurementSecret: toBase64url(secret),
      },
      stateDisk: {
        id: diskId,
        key: toBase64url(this.stateDiskKey),
        version: 1,
        scheme: 'asterism',
        format: !this.diskOpened,
      },
      policy: { version: 1, reattestationInterval: this.policy.reattestationInterval },
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    };
  }

  async #lock(body: unknown, connection: AttestedConnection): Promise<unknown> {
    const claimant = this.#attested(connection);
    this.requireMember(connection);
    const request = lockRequestSchema.parse(body);
    take(claimant, request.nonce);
    const { verified } = await this.#appraise(claimant, request, connection, 'locked');
    this.locked.add(verified.bootIdentity);
    if (this.nodeState === 'attesting') this.nodeState = 'locked';
    return this.#self();
  }

  #progress(body: unknown, connection: AttestedConnection): unknown {
    const claimant = this.#attested(connection);
    this.requireMember(connection);
    if (claimant.boot === null || !this.locked.has(claimant.boot)) throw new Problem('node-not-locked');
    const { state } = progressRequestSchema.parse(body);
    this.progress.push(state);
    this.diskOpened = true;
    if (this.nodeState !== 'member') this.nodeState = state;
    return this.#self();
  }

  async #evidenceAnswer(requestId: string, body: unknown, connection: AttestedConnection): Promise<Answer> {
    const claimant = this.#attested(connection);
    const expected = this.#asked.get(requestId);
    if (expected === undefined) throw new Problem('evidence-request-unknown');
    const answer = evidenceAnswerSchema.parse(body);
    const binding =
      answer.purpose === 'verification'
        ? await verificationBinding(this.clusterId, NODE.id, expected.nonce, answer.claims)
        : await clientBinding(connection, expected.nonce, answer.claims);
    const appraisal = await this.#verify(claimant, answer.evidence, binding, 'locked');
    this.answers.set(requestId, { answer, appraisal });
    if (appraisal.result.outcome === 'refused') {
      this.nodeState = 'quarantined';
      throw new Problem('evidence-refused', { findings: appraisal.result.findings });
    }
    return { status: 204, json: null };
  }

  async #appraise(
    claimant: Claimant,
    request: { readonly nonce: string; readonly evidence: Evidence; readonly claims: Record<string, Json> },
    connection: AttestedConnection,
    lock: LockExpectation['expected'],
  ): Promise<Appraisal> {
    const binding = await clientBinding(connection, fromBase64url(request.nonce), request.claims);
    const appraisal = await this.#verify(claimant, request.evidence, binding, lock);
    this.appraisals.push({ purpose: String(request.claims['purpose']), appraisal });
    const { outcome, findings } = appraisal.result;
    if (outcome !== 'accepted') {
      if (this.nodeState !== null) this.nodeState = 'quarantined';
      throw new Problem(outcome === 'refused' ? 'evidence-refused' : 'evidence-undecided', { findings });
    }
    return appraisal;
  }

  async #verify(
    claimant: Claimant,
    evidence: Evidence,
    binding: Uint8Array,
    lock: LockExpectation['expected'],
  ): Promise<Appraisal> {
    const now = new Date();
    const verified = await verifyEvidence(parseEvidence(evidence), {
      binding,
      request: evidenceRequestOf(this.policy),
      activated: claimant.activated,
      ekPublic: claimant.ekPublic,
      anchors: anchorsOf(this.policy),
      now,
    }).catch((error: unknown) => {
      if (!(error instanceof EvidenceNotGenuineError)) throw error;
      if (this.nodeState !== null) this.nodeState = 'quarantined';
      throw new Problem('evidence-not-genuine', { detail: error.message });
    });
    const expected: LockExpectation =
      lock === 'open' ? { expected: lock } : { expected: lock, clusterId: this.clusterId };
    return appraise(verified, this.policy, { now, lock: expected });
  }

  #attested(connection: AttestedConnection): Claimant {
    const claimant = this.#claimants.get(connection);
    if (claimant === undefined || claimant.boot === null) throw new Problem('attestation-required');
    return claimant;
  }

  #freshNonce(claimant: Claimant): unknown {
    return freshNonceSchema.parse(this.#nonce(claimant, null));
  }

  #nonce(claimant: Claimant, secret: Uint8Array | null) {
    const nonce = toBase64url(randomBytes(32));
    claimant.nonces.set(nonce, { secret });
    const evidenceRequest: EvidenceRequest = evidenceRequestOf(this.policy);
    return { nonce, expiresAt: new Date(Date.now() + 60_000).toISOString(), evidenceRequest };
  }

  #self(): unknown {
    const { reattestationInterval } = this.policy;
    return selfSchema.parse({
      id: NODE.id,
      name: NODE.name,
      state: this.nodeState,
      policyVersion: 1,
      reattestationInterval,
    });
  }
}

function take(claimant: Claimant, nonce: string): { readonly secret: Uint8Array | null } {
  const issued = claimant.nonces.get(nonce);
  if (issued === undefined) throw new Problem('nonce-invalid');
  claimant.nonces.delete(nonce);
  return issued;
}

function clientBinding(connection: AttestedConnection, nonce: Uint8Array, claims: Json): Promise<Uint8Array> {
  return attestationBinding('client', {
    exporter: connection.exporter,
    nonce,
    spki: connection.peerSpki,
    claims,
  });
}

/** A credential for this machine, as an API or a verifying user makes one. */
export async function credentialFor(
  ekPublic: Uint8Array,
  akPublic: Uint8Array,
  secret: Uint8Array,
): Promise<Activation> {
  const akName = await toTpmName(decodePublic(akPublic));
  const made = await makeCredential({ ekPublic: decodePublic(ekPublic), akName, secret });
  return { credentialBlob: toBase64url(made.credentialBlob), secret: toBase64url(made.secret) };
}
