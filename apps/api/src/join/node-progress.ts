import { authorise } from '@asterism/attestation';
import { fromHex } from '@asterism/bytes';
import type { lockRequestSchema, ProgressRequest, Self } from '@asterism/contracts';
import {
  audit,
  boots,
  events,
  inTransaction,
  members,
  type Database,
  type Transaction,
} from '@asterism/persistence';
import type { z } from 'zod';
import type { AppraisalRecords, RecordedAppraisal } from '../attestation/appraisal-records.ts';
import { requireAccepted } from '../attestation/appraise-evidence.ts';
import type { Attestation } from '../attestation/attestation.ts';
import type { ConnectionStates } from '../attestation/connection-states.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireActivePolicy, requireLocked, type MemberPeer } from '../node/peer.ts';
import { requireRepeated, writeReport } from './disk-report.ts';
import { followBoot, type NodeBoot } from './node-states.ts';

export interface NodeProgressDependencies {
  readonly database: Database;
  readonly attestation: Attestation;
  readonly states: ConnectionStates;
  readonly records: AppraisalRecords;
}

type Step = ProgressRequest['state'];

/** What a node reports on its way from the ticket to member. */
export class NodeProgress {
  readonly #with: NodeProgressDependencies;

  constructor(dependencies: NodeProgressDependencies) {
    this.#with = dependencies;
  }

  /**
   * The lock is proved, not told: from this commit on the boot gets no boot secrets (S20), and the socket has the
   * rights of a member.
   * @throws ProblemError `node-not-locked`, `node-state-conflict` where the boot was granted nothing, `evidence-*`
   */
  async lock(peer: MemberPeer, request: z.output<typeof lockRequestSchema>): Promise<Self> {
    const { database, attestation, states, records } = this.#with;
    const { connection, attested, member } = peer;
    requireActivePolicy(peer);
    const { target, identity } = attested;
    const lock = { expected: 'either', clusterId: fromHex(target.measuredId) } as const;
    const fresh = await attestation.appraiseFresh(connection, attested, request, lock);
    const recorded: RecordedAppraisal = { ...fresh, ...request, target, identity, trigger: 'lock' };
    const { boot, verdict } = fresh;
    const authorisation = verdict.appraisal && authorise(verdict.appraisal, { right: 'member' });
    if (authorisation?.granted !== true) {
      await records.ofNode(member.id, recorded);
      requireAccepted(verdict);
      throw new ProblemError(
        authorisation?.code ?? 'evidence-refused',
        'the evidence shows no lock: extend the register first',
      );
    }
    const at: NodeBoot = { clusterId: target.clusterId, nodeId: member.id, boot };
    await inTransaction(database, async (tx) => {
      const granted = await boots.find(tx.queries, at.clusterId, at.nodeId, boot);
      if (granted === undefined) {
        throw new ProblemError('node-state-conflict', 'this boot was granted nothing: reboot and enrol');
      }
      await records.appendOfNode(tx, member.id, recorded);
      await boots.noteLock(tx, at.clusterId, at.nodeId, boot);
      await followBoot(tx, at);
    });
    states.update(connection, { lock: 'locked', boot });
    attestation.extend(connection, fresh.policy, fresh.policyVersion);
    return this.#self(peer, boot);
  }

  /** @throws ProblemError `node-not-locked`, `node-state-conflict` for a step or a disk that cannot be */
  async report(peer: MemberPeer, request: ProgressRequest): Promise<Self> {
    const { state: step } = request;
    requireLocked(peer);
    const { attested, member } = peer;
    const at: NodeBoot = {
      clusterId: attested.target.clusterId,
      nodeId: member.id,
      boot: attested.boot,
    };
    await inTransaction(this.#with.database, async (tx) => {
      const forward = await boots.noteProgress(tx, at.clusterId, at.nodeId, at.boot, step);
      const { ticket } = await requireReached(tx, at, step);
      if (request.state === 'member') await complete(tx, at);
      else if (forward) await writeReport(tx, at, ticket, request.stateDisk);
      else await requireRepeated(tx, at, ticket, request.stateDisk);
      await followBoot(tx, at);
    });
    return this.#self(peer, at.boot);
  }

  self(peer: MemberPeer): Promise<Self> {
    return this.#self(peer, peer.attested.boot);
  }

  async #self({ attested, member }: MemberPeer, boot: string): Promise<Self> {
    const { target, identity, policy, policyVersion } = attested;
    const now = (await members.find(this.#with.database, target, { identity, boot })) ?? member;
    return {
      id: now.id,
      name: now.name,
      state: now.state,
      policyVersion,
      reattestationInterval: policy.reattestationInterval,
    };
  }
}

async function requireReached(tx: Transaction, at: NodeBoot, step: Step): Promise<boots.Boot> {
  const boot = await boots.find(tx.queries, at.clusterId, at.nodeId, at.boot);
  if (boot?.progress === step || boot?.progress === 'member') return boot;
  throw new ProblemError(
    'node-state-conflict',
    `the boot has come to ${boot?.progress ?? 'nothing'}, so ${step} does not follow`,
  );
}

async function complete(tx: Transaction, { clusterId, nodeId }: NodeBoot): Promise<void> {
  const { enrolmentId, clusterReady } = await boots.completeEnrolment(tx, clusterId, nodeId);
  const actor = `node:${nodeId}`;
  if (enrolmentId !== null) {
    audit.append(tx, {
      clusterId,
      actor,
      action: 'enrolment.completed',
      target: `enrolment:${enrolmentId}`,
      details: { node: nodeId },
    });
    events.append(tx, { type: 'enrolment.completed', clusterId, data: { enrolmentId, nodeId } });
  }
  if (clusterReady) {
    audit.append(tx, {
      clusterId,
      actor,
      action: 'cluster.ready',
      target: `cluster:${clusterId}`,
      details: { node: nodeId },
    });
    events.append(tx, { type: 'cluster.updated', clusterId, data: { state: 'ready' } });
  }
}
