import { verificationBinding } from '@asterism/attestation';
import { fromBase64url, fromHex, sha256, toHex, type Json } from '@asterism/bytes';
import type { AppraisalResult, EvidenceAnswer } from '@asterism/contracts';
import { evidenceRequests, type Database } from '@asterism/persistence';
import { reasonOf, type AppraisalRecords, type RecordedAppraisal } from '../attestation/appraisal-records.ts';
import { requireAccepted, toProblem, type Verdict } from '../attestation/appraise-evidence.ts';
import type { Attestation } from '../attestation/attestation.ts';
import { requireSameTarget } from '../attestation/same-target.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import type { NodeStreams } from '../stream/node-streams.ts';
import type { Asked } from '../stream/open-stream.ts';

export interface EvidenceAnswersDependencies {
  readonly database: Database;
  readonly attestation: Attestation;
  readonly records: AppraisalRecords;
  readonly streams: NodeStreams;
}

/** `POST /agent/v1/evidence-requests/{request}`: evidence that was asked for on a node's stream. */
export class EvidenceAnswers {
  readonly #with: EvidenceAnswersDependencies;

  constructor(dependencies: EvidenceAnswersDependencies) {
    this.#with = dependencies;
  }

  /**
   * Takes an answer once, on the connection that was asked. A refusal is recorded and quarantines the node before it is
   * told.
   * @throws ProblemError `evidence-request-unknown`, `node-not-locked`, `evidence-*`
   */
  async take(peer: MemberPeer, requestId: string, answer: EvidenceAnswer): Promise<void> {
    const { database, streams } = this.#with;
    requireLocked(peer);
    const { attested, connection, member } = peer;
    const stream = streams.find(member.id);
    const asked = stream?.peer.connection === connection ? stream.takeAsked(requestId) : undefined;
    const request =
      asked &&
      (await evidenceRequests.consume(
        database.queries,
        attested.target.clusterId,
        member.id,
        requestId,
        database.clock(),
      ));
    if (asked === undefined || request === undefined) {
      throw new ProblemError(
        'evidence-request-unknown',
        'not asked on this connection, answered already, or too late',
      );
    }
    try {
      await this.#appraise(peer, asked, answer);
    } catch (cause) {
      const problem = cause instanceof ProblemError ? cause.code : 'internal';
      // What was recorded stays: a failure to answer never overwrites a verdict (S35).
      await evidenceRequests.fail(database, requestId, problem);
      throw cause;
    }
  }

  async #appraise(peer: MemberPeer, asked: Asked, answer: EvidenceAnswer): Promise<void> {
    if (answer.purpose !== asked.request.purpose) {
      throw new ProblemError('evidence-invalid', `the request was for ${asked.request.purpose}`);
    }
    if (answer.purpose === 'verification') return this.#verification(peer, asked, answer);
    requireSameTarget(peer.attested, answer.claims);
    const binding = await this.#with.attestation.bindingOf(peer.connection, {
      nonce: asked.request.nonce,
      claims: answer.claims,
    });
    const verdict = await this.#verdictOf(peer, asked, answer, binding);
    const appraisalId = await this.#record(peer, asked, answer, binding, verdict);
    await this.#complete(asked, answer, verdict.result, appraisalId);
    if (verdict.result.outcome === 'accepted') {
      this.#with.attestation.extend(peer.connection, asked.policy, asked.policyVersion);
    }
    requireAccepted(verdict);
  }

  /** Evidence for a user, over his nonce. That it proves nothing is an answer to him as well. */
  async #verification(
    peer: MemberPeer,
    asked: Asked,
    answer: Extract<EvidenceAnswer, { readonly purpose: 'verification' }>,
  ): Promise<void> {
    const { target } = peer.attested;
    const binding = await verificationBinding(
      fromHex(target.measuredId),
      peer.member.id,
      fromBase64url(asked.request.nonce),
      answer.claims as Json,
    );
    try {
      await requireOwnKey(peer, answer);
      const verdict = await this.#verdictOf(peer, asked, answer, binding);
      const appraisalId = await this.#record(peer, asked, answer, binding, verdict);
      await this.#complete(asked, answer, verdict.result, appraisalId);
    } catch (cause) {
      const problem = toProblem(cause);
      if (!(problem instanceof ProblemError) || problem.outcome === 'fault') throw cause;
      await this.#complete(asked, answer, toRefusal(problem, target.variant), null);
      throw problem;
    }
  }

  #verdictOf(
    { attested }: MemberPeer,
    { policy }: Asked,
    { evidence }: EvidenceAnswer,
    binding: Uint8Array,
  ): Promise<Verdict> {
    return this.#with.attestation.appraise({
      evidence,
      binding,
      policy,
      claimant: attested,
      activated: attested.activated,
      lock: { expected: 'locked', clusterId: fromHex(attested.target.measuredId) },
    });
  }

  async #record(
    { attested, member }: MemberPeer,
    { request, policy, policyVersion }: Asked,
    { evidence, claims }: EvidenceAnswer,
    binding: Uint8Array,
    verdict: Verdict,
  ): Promise<string> {
    const { target, identity } = attested;
    const { trigger } = request;
    const made: Omit<RecordedAppraisal, 'verdict'> = {
      target,
      identity,
      policy,
      policyVersion,
      evidence,
      claims,
      binding: toHex(binding),
      boot: verdict.appraisal?.verified.bootIdentity ?? attested.boot,
      trigger,
    };
    const { appraisalId, quarantined } = await this.#with.records.ofNode(member.id, { ...made, verdict });
    if (quarantined) this.#with.streams.tellAndEnd(member.id, 'quarantined', reasonOf(verdict.result));
    return appraisalId;
  }

  #complete(
    { request, policyVersion }: Asked,
    answer: EvidenceAnswer,
    appraisal: AppraisalResult,
    appraisalId: string | null,
  ): Promise<void> {
    return evidenceRequests.complete(this.#with.database, request.id, {
      answer,
      appraisal,
      appraisalId,
      policyVersion,
    });
  }
}

/** What a verified node says of its connection must be true of this one. */
async function requireOwnKey(
  { connection }: MemberPeer,
  { claims }: Extract<EvidenceAnswer, { readonly purpose: 'verification' }>,
): Promise<void> {
  if (claims.tlsPublicKey === toHex(await sha256(connection.peerSpki))) return;
  throw new ProblemError('evidence-not-genuine', 'the claims name another TLS key than this connection has');
}

/** The verdict on evidence that could not be appraised because it proves nothing. */
function toRefusal({ code, message }: ProblemError, variant: AppraisalResult['variant']): AppraisalResult {
  return {
    outcome: 'refused',
    status: 'contraindicated',
    variant,
    claims: [
      { claim: 'evidence', got: null, wanted: ['genuine evidence over this request'], verdict: 'mismatch' },
    ],
    findings: [
      { code, claim: 'evidence', got: null, wanted: ['genuine evidence over this request'], message },
    ],
    trustworthiness: {},
  };
}
