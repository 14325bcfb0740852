import { verificationBinding, type Appraisal } from '@asterism/attestation';
import type { AttestedConnection } from '@asterism/attested-tls';
import { toBase64url, toHex } from '@asterism/bytes';
import {
  attestationSchema,
  enrolmentRequestSchema,
  enrolmentResponseSchema,
  evidenceAnswerSchema,
  lockRequestSchema,
  nodeEventSchema,
  progressRequestSchema,
  selfSchema,
  type EvidenceAnswer,
  type NodeState,
  type PolicyDocument,
  type PolicyOf,
  type Ticket,
} from '@asterism/contracts';
import { clusterIdOf } from '@asterism/keys';
import { randomBytes, randomUUID } from 'node:crypto';
import { Problem } from './problem.ts';
import { ScriptedDisk } from './scripted-disk.ts';
import { ScriptedKeys } from './scripted-keys.ts';
import { bootOf, clientBinding, ScriptedAttestation, type ScriptedProof } from './scripted-attestation.ts';

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

const NODE = { id: randomUUID(), name: 'workers-1', role: 'worker', pool: 'workers' } as const;

/** Records of one cluster with one node. A test sets what it wants to happen and reads what happened. */
export class ScriptedCluster<Policy extends PolicyDocument = PolicyOf<'tpm'>> {
  readonly attestation: ScriptedAttestation<Policy>;
  /** `wait` asks the node to come again; a code refuses it. */
  enrolment:
    | 'grant'
    | { readonly wait: 'approval' | 'initialisation' }
    | { readonly refuse: Problem['code']; readonly retryAfter?: number } = 'grant';
  nodeState: NodeState | null = null;
  readonly disk = new ScriptedDisk();
  readonly keys = new ScriptedKeys();
  /** A lie in the ticket, instead of what follows from its secret. */
  claimedClusterId: Uint8Array | null = null;
  /** Seconds that an attestation is good for. */
  validity = 120;
  /** Boots that reported their lock. */
  readonly locked = new Set<string>();
  readonly granted: { readonly boot: string; readonly ticket: Ticket }[] = [];
  readonly progress: string[] = [];
  readonly answers = new Map<string, { readonly answer: EvidenceAnswer; readonly appraisal: Appraisal }>();
  readonly #asked = new Map<string, Uint8Array>();
  readonly #measurement = { secret: new Uint8Array(randomBytes(32)), salt: new Uint8Array(randomBytes(32)) };

  constructor(policy: Policy, proof: ScriptedProof) {
    this.attestation = new ScriptedAttestation(policy, proof, this.clusterId);
  }

  get clusterId(): Uint8Array {
    return clusterIdOf(this.#measurement);
  }

  /** An answer with this id will come, over this nonce. */
  expect(requestId: string, nonce: Uint8Array): void {
    this.#asked.set(requestId, nonce);
  }

  async answer(path: string, body: unknown, connection: AttestedConnection): Promise<Answer> {
    try {
      return await this.#route(path, body, connection);
    } catch (error) {
      const refusal = error instanceof Problem && /^evidence-(?:refused|not-genuine)$/.test(error.code);
      if (refusal && this.nodeState !== null) this.nodeState = 'quarantined';
      throw error;
    }
  }

  requireMember(connection: AttestedConnection): void {
    this.attestation.attested(connection);
    if (this.nodeState === 'quarantined') throw new Problem('node-quarantined');
    if (this.nodeState === 'revoked') throw new Problem('node-revoked');
    if (this.nodeState === null) throw new Problem('attestation-required');
  }

  async #route(path: string, body: unknown, connection: AttestedConnection): Promise<Answer> {
    const [, answered] = /^\/agent\/v1\/evidence-requests\/([^/]+)$/.exec(path) ?? [];
    if (answered !== undefined) return this.#evidenceAnswer(answered, body, connection);
    switch (path) {
      case '/agent/v1/attestation/challenge':
        return { status: 200, json: await this.attestation.challenge(body, connection) };
      case '/agent/v1/attestation':
        return { status: 200, json: await this.#attest(body, connection) };
      case '/agent/v1/nonces':
        return { status: 201, json: this.attestation.freshNonce(connection) };
      case '/agent/v1/enrolments':
        return this.#enrol(body, connection);
      case '/agent/v1/lock':
        return { status: 200, json: await this.#lock(body, connection) };
      case '/agent/v1/progress':
        return { status: 200, json: this.#progress(body, connection) };
      case '/agent/v1/keys':
        this.requireMember(connection);
        return { status: 200, json: this.keys.answer(body) };
      case '/agent/v1/node-events':
        this.requireMember(connection);
        this.disk.events.push(nodeEventSchema.parse(body));
        return { status: 204, json: null };
      default:
        throw new Problem('route-unknown');
    }
  }

  async #attest(body: unknown, connection: AttestedConnection): Promise<unknown> {
    if (this.nodeState === 'revoked') throw new Problem('node-revoked');
    const appraisal = await this.attestation.attest(body, connection);
    const node = this.nodeState === null ? null : { id: NODE.id, name: NODE.name, state: this.nodeState };
    return attestationSchema.parse({
      appraisal: appraisal.result,
      validUntil: new Date(Date.now() + this.validity * 1_000).toISOString(),
      locked: appraisal.lock === 'locked',
      node,
    });
  }

  async #enrol(body: unknown, connection: AttestedConnection): Promise<Answer> {
    const request = enrolmentRequestSchema.parse(body);
    const appraisal = await this.attestation.appraiseFresh(request, connection, 'open');
    const boot = bootOf(appraisal, connection);
    const { enrolment } = this;
    if (enrolment !== 'grant' && 'refuse' in enrolment) {
      throw new Problem(enrolment.refuse, { retryAfter: enrolment.retryAfter ?? null });
    }
    if (this.nodeState === 'quarantined') throw new Problem('node-quarantined');
    if (this.locked.has(boot)) throw new Problem('node-locked');
    if (enrolment !== 'grant') {
      const wait = { kind: 'wait', enrolmentId: randomUUID(), reason: enrolment.wait, retryAfter: 1 };
      return { status: 202, json: enrolmentResponseSchema.parse(wait) };
    }
    const before = this.granted.find((grant) => grant.boot === boot);
    const ticket = before?.ticket ?? this.#ticket(request.claims.stateDiskId);
    if (before === undefined) this.granted.push({ boot, ticket });
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
        scheme: 'asterism',
        measurementSalt: toBase64url(salt),
        measurementSecret: toBase64url(secret),
      },
      stateDisk: this.disk.ticketPart(diskId),
      policy: { version: 1, reattestationInterval: this.attestation.policy.reattestationInterval },
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    };
  }

  async #lock(body: unknown, connection: AttestedConnection): Promise<unknown> {
    this.requireMember(connection);
    const request = lockRequestSchema.parse(body);
    const appraisal = await this.attestation.appraiseFresh(request, connection, 'locked');
    this.locked.add(bootOf(appraisal, connection));
    if (this.nodeState === 'attesting') this.nodeState = 'locked';
    return this.#self();
  }

  #progress(body: unknown, connection: AttestedConnection): unknown {
    this.requireMember(connection);
    const { boot } = this.attestation.attested(connection);
    if (boot === null || !this.locked.has(boot)) throw new Problem('node-not-locked');
    const report = progressRequestSchema.parse(body);
    this.progress.push(report.state);
    if (report.state === 'disk-open') this.disk.report(report.stateDisk);
    if (this.nodeState !== 'member') this.nodeState = report.state;
    return this.#self();
  }

  async #evidenceAnswer(requestId: string, body: unknown, connection: AttestedConnection): Promise<Answer> {
    const claimant = this.attestation.attested(connection);
    const nonce = this.#asked.get(requestId);
    if (nonce === undefined) throw new Problem('evidence-request-unknown');
    const answer = evidenceAnswerSchema.parse(body);
    const binding =
      answer.purpose === 'verification'
        ? await verificationBinding(this.clusterId, NODE.id, nonce, answer.claims)
        : await clientBinding(connection, nonce, answer.claims);
    const appraisal = await this.attestation.verify(claimant, answer.evidence, binding, 'locked');
    this.answers.set(requestId, { answer, appraisal });
    const { outcome, findings } = appraisal.result;
    if (outcome === 'refused') throw new Problem('evidence-refused', { findings });
    return { status: 204, json: null };
  }

  #self(): unknown {
    const { reattestationInterval } = this.attestation.policy;
    const { id, name } = NODE;
    return selfSchema.parse({ id, name, state: this.nodeState, policyVersion: 1, reattestationInterval });
  }
}

/** A TPM's quote tells one boot from another. */
