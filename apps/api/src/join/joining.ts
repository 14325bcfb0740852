import { authorise } from '@asterism/attestation';
import { fromHex } from '@asterism/bytes';
import type { EnrolmentRequest, EnrolmentResponse, WaitReason } from '@asterism/contracts';
import { audit, inTransaction, isUniqueViolation, joins, type Database } from '@asterism/persistence';
import type { ActivePolicies } from '../attestation/active-policies.ts';
import type { AppraisalRecords, RecordedAppraisal } from '../attestation/appraisal-records.ts';
import { requireAccepted } from '../attestation/appraise-evidence.ts';
import type { Attestation, FreshAppraisal } from '../attestation/attestation.ts';
import type { Attested, ConnectionStates } from '../attestation/connection-states.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { AttestedPeer } from '../node/peer.ts';
import type { DataKeys, NewDataKey } from '../keys/data-keys.ts';
import type { ClusterRoots } from '../platform/cluster-roots.ts';
import type { Metrics } from '../platform/metrics.ts';
import { decideJoin, type JoinDecision } from './decide.ts';
import { makeTicket } from './tickets.ts';
import { writeGrant, writeWait, type Granted, type JoinWrite } from './write-join.ts';

export interface JoiningDependencies {
  readonly database: Database;
  readonly attestation: Attestation;
  readonly states: ConnectionStates;
  readonly policies: ActivePolicies;
  readonly records: AppraisalRecords;
  readonly clusterRoots: ClusterRoots;
  readonly dataKeys: DataKeys;
  readonly metrics: Pick<Metrics, 'appraisals' | 'enrolments'>;
}

/** Seconds until a waiting machine asks again: an operator takes longer than another machine. */
const RETRY_AFTER: Readonly<Record<WaitReason, number>> = { approval: 5, initialisation: 1 };
/** Others may be faster; each time the records are read again and say something new. */
const ATTEMPTS = 6;

/** `POST /agent/v1/enrolments`: decides whether and as what a machine becomes a node, and makes its ticket. */
export class Joining {
  readonly #with: JoiningDependencies;

  constructor(dependencies: JoiningDependencies) {
    this.#with = dependencies;
  }

  async enrol({ connection, attested }: AttestedPeer, request: EnrolmentRequest): Promise<EnrolmentResponse> {
    const { attestation, metrics, states } = this.#with;
    const clusterId = fromHex(attested.target.measuredId);
    const fresh = await attestation.appraiseFresh(connection, attested, request, {
      expected: 'either',
      clusterId,
    });
    const response = await this.#answer(attested, request, fresh).catch((error: unknown) => {
      metrics.enrolments.inc({ result: error instanceof ProblemError ? error.code : 'internal' });
      throw error;
    });
    metrics.enrolments.inc({ result: response.kind });
    if (response.kind === 'grant') {
      const { id, name } = response.ticket.node;
      states.update(connection, { node: { id, name }, activationNew: false });
    }
    return response;
  }

  async #answer(
    attested: Attested,
    request: EnrolmentRequest,
    fresh: FreshAppraisal,
  ): Promise<EnrolmentResponse> {
    const { target, identity } = attested;
    const recorded: RecordedAppraisal = { ...fresh, ...request, target, identity, trigger: 'enrolment' };
    const { boot } = fresh;
    const { stateDiskId: diskId } = request.claims;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const context = await this.#readContext(attested, { diskId, boot });
      if (attempt === 0) await this.#requireBootRight(context, recorded);
      const write: JoinWrite = { attested, recorded, context, diskId, boot, attempt };
      const decision = decideJoin(context, {
        ...target,
        identity,
        diskId,
        policy: fresh.policy,
        notBefore: fresh.notBefore,
        now: this.#with.database.clock(),
      });
      const response = await this.#carryOut(decision, write);
      if (response !== undefined) return response;
    }
    throw new ProblemError('overloaded', 'too many machines join at once', { retryAfter: 1 });
  }

  /** @returns undefined where the records changed under the decision */
  async #carryOut(decision: JoinDecision, write: JoinWrite): Promise<EnrolmentResponse | undefined> {
    const { database, metrics } = this.#with;
    switch (decision.kind) {
      case 'refuse':
        return this.#refuse(decision, write);
      case 'repeat':
        await this.#with.records.ofNode(decision.nodeId, write.recorded);
        return this.#toGrant(decision, write);
      case 'wait': {
        const { reason } = decision;
        const enrolmentId = await unlessTaken(() => writeWait(database, write, reason));
        if (enrolmentId === undefined) return undefined;
        return { kind: 'wait', enrolmentId, reason, retryAfter: RETRY_AFTER[reason] };
      }
      case 'grant': {
        const newKey = await this.#prepareKey(write);
        const granted = await unlessTaken(() => writeGrant(database, write, decision, newKey));
        if (granted === undefined) return undefined;
        metrics.appraisals.inc({ trigger: 'enrolment', outcome: 'accepted' });
        return this.#toGrant(granted, write);
      }
    }
  }

  /**
   * Before anything is written: a key service that is away leaves the machine where it was, to ask again.
   * @returns the key of a disk that is new; undefined where there is one
   */
  async #prepareKey(write: JoinWrite): Promise<NewDataKey | undefined> {
    const { context, diskId, recorded } = write;
    const { dataKeys } = this.#with;
    const { clusterId, keyMode } = recorded.target;
    const cluster = { id: clusterId, mode: keyMode };
    const named = (version: number) => ({ purpose: 'state-disk', id: diskId, version }) as const;
    try {
      if (context.diskKey === null) return await dataKeys.create(cluster, named(1));
      for (const version of [context.diskKey.version, context.diskNextKeyVersion]) {
        if (version !== null) await dataKeys.require(cluster, named(version));
      }
      return undefined;
    } catch (cause) {
      if (!(cause instanceof ProblemError) || cause.code !== 'key-id-reserved') throw cause;
      const detail = 'this id belongs to something else of the cluster that was taken over';
      return this.#refuse({ code: 'state-disk-not-owned', detail, audited: true, kind: 'refuse' }, write);
    }
  }

  async #readContext(
    { target, policyVersion, identity }: Attested,
    machine: { readonly diskId: string; readonly boot: string },
  ): Promise<joins.JoinContext> {
    const { queries } = this.#with.database;
    const { clusterId, poolId } = target;
    const context = await joins.readContext(queries, clusterId, poolId, { identity, ...machine });
    if (context === undefined) throw new ProblemError('cluster-unknown', 'the cluster was deleted');
    if (context.activePolicyVersion === null) {
      throw new ProblemError('policy-none-active', 'the pool has no active policy, so nothing is accepted');
    }
    if (context.activePolicyVersion !== policyVersion) {
      throw new ProblemError('attestation-expired', 'the policy of the pool has changed: attest again');
    }
    return context;
  }

  /** S20: accepted and unlocked, by evidence made for this request. What it shows otherwise is kept. */
  async #requireBootRight({ nodeId }: joins.JoinContext, recorded: RecordedAppraisal): Promise<void> {
    const { records } = this.#with;
    const { verdict } = recorded;
    const authorisation = verdict.appraisal && authorise(verdict.appraisal, { right: 'boot-secrets' });
    if (authorisation?.granted === true) return;
    if (nodeId !== null) await records.ofNode(nodeId, recorded);
    else if (verdict.result.outcome === 'refused') await records.ofRefusedMachine(recorded);
    requireAccepted(verdict);
    throw new ProblemError(
      authorisation?.code ?? 'evidence-refused',
      'this boot is locked: no boot secrets until the machine reboots',
    );
  }

  async #refuse(
    { code, detail, audited }: Extract<JoinDecision, { kind: 'refuse' }>,
    { recorded: { target, identity }, diskId }: JoinWrite,
  ): Promise<never> {
    if (audited) {
      await inTransaction(this.#with.database, async (tx) => {
        audit.append(tx, {
          clusterId: target.clusterId,
          actor: `machine:${identity}`,
          action: 'enrolment.refused',
          target: `pool:${target.poolId}`,
          details: { code, stateDiskId: diskId },
        });
      });
    }
    throw new ProblemError(code, detail);
  }

  async #toGrant(
    { nodeId, nodeName, parameters, expiresAt }: Granted,
    { recorded: { target } }: JoinWrite,
  ): Promise<EnrolmentResponse> {
    const { policies } = this.#with;
    const policy = await policies.read(target.clusterId, target.poolId, parameters.policyVersion);
    const ticket = await makeTicket(this.#with, {
      target,
      node: { id: nodeId, name: nodeName },
      parameters,
      policy,
      expiresAt,
    });
    return { kind: 'grant', enrolmentId: parameters.enrolmentId, ticket };
  }
}

/** S21: a constraint that fails says that another connection was faster. */
async function unlessTaken<Result>(write: () => Promise<Result | undefined>): Promise<Result | undefined> {
  try {
    return await write();
  } catch (cause) {
    if (isUniqueViolation(cause)) return undefined;
    throw cause;
  }
}
