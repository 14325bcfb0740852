import { evidenceRequestOf, type LockExpectation } from '@asterism/attestation';
import { attestationBinding, type AttestedConnection } from '@asterism/attested-tls';
import { fromBase64url, fromHex, sha256, toBase64url, toHex, type Json } from '@asterism/bytes';
import type {
  Attestation as AttestationAnswer,
  AttestationRequest,
  Challenge,
  ChallengeRequest,
  Evidence,
  FreshNonce,
  PolicyDocument,
} from '@asterism/contracts';
import { joins, nonces, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import { ActivePolicies } from './active-policies.ts';
import { proveApi, type ApiIdentity } from './api-identity.ts';
import {
  appraiseEvidence,
  refusalOf,
  requireAccepted,
  type EvidenceToAppraise,
  type Verdict,
} from './appraise-evidence.ts';
import { requireSameTarget } from './same-target.ts';
import { bootOf, lockOf } from './boot-of-evidence.ts';
import type { Attested, ConnectionStates } from './connection-states.ts';
import type { AppraisalRecords } from './appraisal-records.ts';
import type { MachineCollateral } from './machine-collateral.ts';
import { makeActivation, readIdentity, toActivated } from './machine-keys.ts';

export interface AttestationDependencies {
  readonly database: Database;
  readonly states: ConnectionStates;
  readonly policies: ActivePolicies;
  readonly records: AppraisalRecords;
  readonly identity: ApiIdentity;
  readonly collateral: MachineCollateral;
  readonly random: (length: number) => Uint8Array;
}

const NONCE_LIFE_MS = 60_000;
const SHORTEST_VALIDITY_MS = 60_000;

/** Evidence that came with a request on an attested socket. */
export interface FreshEvidence {
  readonly nonce: string;
  readonly evidence: Evidence;
  readonly claims: { readonly cluster: string; readonly pool: string } & Record<string, unknown>;
}

export interface FreshAppraisal {
  readonly verdict: Verdict;
  /** Hexadecimal. */
  readonly binding: string;
  readonly policy: PolicyDocument;
  readonly policyVersion: number;
  readonly boot: string;
  /** When its nonce was issued: the evidence is no older. */
  readonly notBefore: Date;
}

/** Protocol §1.4 and §1.5: who is on the other end of this socket, both ways. */
export class Attestation {
  readonly #with: AttestationDependencies;

  constructor(dependencies: AttestationDependencies) {
    this.#with = dependencies;
  }

  /**
   * Answers the node's nonce with our proof, and gives it ours. The credential goes out while the AK is not known to
   * belong to the EK.
   * @throws ProblemError `pool-unknown`, `policy-none-active`, `evidence-variant-wrong`, `evidence-invalid`
   */
  async challenge(connection: AttestedConnection, request: ChallengeRequest): Promise<Challenge> {
    const { database, policies, states, identity, random } = this.#with;
    const claimed = await readIdentity(request.identity);
    const target = await joins.findTarget(database.queries, {
      cluster: request.identity.cluster,
      pool: request.identity.pool,
      identity: claimed.identity,
      // Machines without an endorsement key have no attestation key to know.
      akName: claimed.keys?.akPublicSha256 ?? '',
    });
    if (target === undefined) throw new ProblemError('pool-unknown', 'there is no such cluster or pool');
    if (target.variant !== request.identity.variant) {
      throw new ProblemError(
        'evidence-variant-wrong',
        `the pool takes evidence of variant ${target.variant}`,
      );
    }
    const policy = await policies.read(target.clusterId, target.poolId, target.policyVersion);
    const [proof, credential] = await Promise.all([
      proveApi(identity, connection, fromBase64url(request.nonce), request.evidenceRequest),
      target.akKnown || claimed.keys === null ? undefined : makeActivation(claimed.keys, random(32)),
    ]);
    const { nonce, expiresAt } = await this.#issue(connection, 'challenge', credential?.hash);
    const nonceText = toBase64url(nonce);
    states.claim(connection, { ...claimed, target, nonce: nonceText });
    return {
      nonce: nonceText,
      expiresAt: expiresAt.toISOString(),
      evidenceRequest: evidenceRequestOf(policy),
      ...proof,
      ...(credential === undefined ? {} : { activation: credential.activation }),
    };
  }

  /**
   * Appraises the machine for this socket. An accepted one may use the other routes until `validUntil`.
   * @throws ProblemError `nonce-invalid`, `activation-*`, `evidence-*`, `node-revoked`
   */
  async attest(connection: AttestedConnection, request: AttestationRequest): Promise<AttestationAnswer> {
    const { database, policies, records, states } = this.#with;
    const claimant = states.claimantOf(connection);
    // A nonce is for the keys that were named when it was asked for: its credential was made for them and no others.
    if (claimant === undefined || claimant.nonce !== request.nonce) throw nonceInvalid();
    requireSameTarget(claimant, request.claims);
    const { target } = claimant;
    const consumed = await joins.consumeChallenge(database, target, {
      hash: await sha256(fromBase64url(request.nonce)),
      connectionId: connection.id,
      identity: claimant.identity,
    });
    if (consumed === undefined) throw nonceInvalid();
    const activated = await toActivated(claimant, consumed.activationHash, request.activationSecret);
    const policy = await policies.read(target.clusterId, target.poolId, consumed.policyVersion);
    const policyVersion = consumed.policyVersion ?? 0;
    const binding = await this.bindingOf(connection, request);
    const now = database.clock();
    const verdict = await this.appraise({
      evidence: request.evidence,
      binding,
      policy,
      claimant,
      activated,
      lock: { expected: 'either', clusterId: fromHex(target.measuredId) },
    });
    const { node } = consumed;
    const { appraisal } = verdict;
    // Whose it is was not proved, so it is nobody's record.
    if (appraisal === null) throw refusalOf(verdict);
    if (node?.state === 'revoked') throw new ProblemError('node-revoked', 'this node is revoked');
    const place = { clusterId: target.clusterId, nodeId: node?.id };
    const boot = await bootOf(database, connection, appraisal, place);
    const recorded = {
      target,
      identity: claimant.identity,
      verdict,
      policy,
      policyVersion,
      evidence: request.evidence,
      claims: request.claims,
      binding: toHex(binding),
      boot,
      trigger: 'connection' as const,
    };
    if (node !== null) await records.ofNode(node.id, recorded);
    else if (verdict.result.outcome === 'refused') await records.ofRefusedMachine(recorded);
    requireAccepted(verdict);
    const lock = await lockOf(database, appraisal, place, boot);
    const attested = states.attest(connection, {
      ...claimant,
      activated,
      activationNew: consumed.activationHash !== null,
      agentVersion: request.claims.agentVersion,
      boot,
      validUntil: validUntilOf(policy, now),
      lock,
      policy,
      policyVersion,
      node: node === null ? null : { id: node.id, name: node.name },
    });
    return {
      appraisal: appraisal.result,
      validUntil: attested.validUntil.toISOString(),
      locked: lock === 'locked',
      node,
    };
  }

  /** A nonce for evidence that the next request carries. */
  async freshNonce(connection: AttestedConnection, attested: Attested): Promise<FreshNonce> {
    const { nonce, expiresAt } = await this.#issue(connection, 'fresh');
    return {
      nonce: toBase64url(nonce),
      expiresAt: expiresAt.toISOString(),
      evidenceRequest: evidenceRequestOf(attested.policy),
    };
  }

  /**
   * Uses up a fresh nonce and appraises evidence made over it, under the policy that the socket was appraised by.
   * A refused appraisal is returned.
   * @throws ProblemError `nonce-invalid` and those of `appraiseEvidence`
   */
  async appraiseFresh(
    connection: AttestedConnection,
    attested: Attested,
    request: FreshEvidence,
    lock: LockExpectation,
  ): Promise<FreshAppraisal> {
    const { database } = this.#with;
    requireSameTarget(attested, request.claims);
    const consumed = await nonces.consume(database, {
      hash: await sha256(fromBase64url(request.nonce)),
      connectionId: connection.id,
      purpose: 'fresh',
    });
    if (consumed === undefined) throw nonceInvalid();
    const binding = await this.bindingOf(connection, request);
    const verdict = await this.appraise({
      evidence: request.evidence,
      binding,
      policy: attested.policy,
      claimant: attested,
      activated: attested.activated,
      lock,
    });
    return {
      verdict,
      binding: toHex(binding),
      policy: attested.policy,
      policyVersion: attested.policyVersion,
      boot: verdict.appraisal?.verified.bootIdentity ?? attested.boot,
      notBefore: new Date(consumed.expiresAt.getTime() - NONCE_LIFE_MS),
    };
  }

  /** With what the vendors publish of the machine, at this time. @throws ProblemError as `appraiseEvidence` */
  appraise(input: Omit<EvidenceToAppraise, 'collateral' | 'now'>): Promise<Verdict> {
    const { collateral, database } = this.#with;
    return appraiseEvidence({ ...input, collateral, now: database.clock() });
  }

  /** Binding of role `client` on this connection, protocol §1.3. */
  bindingOf(
    connection: AttestedConnection,
    request: { readonly nonce: string; readonly claims: Record<string, unknown> },
  ): Promise<Uint8Array> {
    return attestationBinding('client', {
      exporter: connection.exporter,
      nonce: fromBase64url(request.nonce),
      spki: connection.peerSpki,
      claims: request.claims as Record<string, Json>,
    });
  }

  /** A socket whose machine was appraised again stays attested for longer. */
  extend(connection: AttestedConnection, policy: PolicyDocument, policyVersion: number): void {
    const validUntil = validUntilOf(policy, this.#with.database.clock());
    this.#with.states.update(connection, { validUntil, policy, policyVersion });
  }

  async #issue(connection: AttestedConnection, purpose: nonces.NoncePurpose, activationHash?: Uint8Array) {
    const { database, random } = this.#with;
    const nonce = random(32);
    const expiresAt = new Date(database.clock().getTime() + NONCE_LIFE_MS);
    const hash = await sha256(nonce);
    await nonces.issue(database, { hash, connectionId: connection.id, purpose, expiresAt, activationHash });
    return { nonce, expiresAt };
  }
}

function nonceInvalid(): ProblemError {
  return new ProblemError('nonce-invalid', 'the nonce is unknown, used, expired or of another connection');
}

function validUntilOf(policy: PolicyDocument, now: Date): Date {
  return new Date(now.getTime() + Math.max(2_000 * policy.reattestationInterval, SHORTEST_VALIDITY_MS));
}
