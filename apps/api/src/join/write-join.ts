import type { WaitReason } from '@asterism/contracts';
import {
  audit,
  events,
  inTransaction,
  joins,
  type Database,
  type TicketParameters,
  type Transaction,
} from '@asterism/persistence';
import type { RecordedAppraisal } from '../attestation/appraisal-records.ts';
import type { Attested } from '../attestation/connection-states.ts';
import type { NewDataKey } from '../keys/data-keys.ts';
import type { JoinDecision } from './decide.ts';
import { nodeNameOf } from './node-name.ts';

/** Protocol §6: how long the same boot gets the same grant. */
const GRANT_LIFE_MS = 600_000;

export interface JoinWrite {
  readonly attested: Attested;
  readonly recorded: RecordedAppraisal;
  /** The records that the decision rests on. */
  readonly context: joins.JoinContext;
  readonly diskId: string;
  readonly boot: string;
  readonly attempt: number;
}

export interface Granted {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly parameters: TicketParameters;
  readonly expiresAt: Date;
}

/** Notes that the machine waits, unless that is known. @returns the enrolment's id */
export async function writeWait(database: Database, write: JoinWrite, reason: WaitReason): Promise<string> {
  const { context, recorded } = write;
  const { target, identity } = recorded;
  const open = openEnrolment(context);
  if (open !== undefined && context.enrolmentWaitReason === reason) return open;
  return inTransaction(database, async (tx) => {
    const enrolmentId = open ?? tx.newId();
    const newMachine = context.machineClusterId === null;
    await joins.writeWait(tx, target.clusterId, machineOf(write), appraisalOf(tx, write), {
      enrolmentId,
      kind: null,
      reason,
      newMachine,
    });
    audit.append(tx, {
      clusterId: target.clusterId,
      actor: `machine:${identity}`,
      action: 'enrolment.waiting',
      target: `enrolment:${enrolmentId}`,
      details: { pool: target.poolName, reason },
    });
    events.append(tx, {
      type: 'enrolment.waiting',
      clusterId: target.clusterId,
      data: { enrolmentId, poolId: target.poolId, identity, reason },
    });
    return enrolmentId;
  });
}

class OvertakenError extends Error {}

/**
 * Writes the grant in one transaction, so that after a crash there is all of it or nothing (S34).
 * @returns undefined where the records changed under the decision; nothing is written then
 */
export async function writeGrant(
  database: Database,
  write: JoinWrite,
  decision: Extract<JoinDecision, { kind: 'grant' }>,
  newKey: NewDataKey | undefined,
): Promise<Granted | undefined> {
  const { recorded, context, attested } = write;
  const { target, identity } = recorded;
  try {
    return await inTransaction(database, async (tx) => {
      const granted = toGranted(tx, write, decision);
      const { parameters, ...node } = granted;
      const written = await joins.writeGrant(tx, target.clusterId, machineOf(write), appraisalOf(tx, write), {
        ...node,
        ticket: parameters,
        enrolmentId: parameters.enrolmentId,
        agentVersion: attested.agentVersion,
        kind: decision.enrolmentKind,
        boot: write.boot,
        activatedKey: attested.activationNew ? (attested.keys?.akPublicSha256 ?? null) : null,
        newMachine: context.machineClusterId === null,
        newNode: context.nodeId === null,
        newDisk: context.diskIdentity === null,
        claimInitialisation: decision.claimInitialisation,
      });
      const complete = written && (newKey === undefined || (await newKey.write(tx)));
      if (!complete) throw new OvertakenError('another machine was faster');
      record(tx, target, identity, granted, decision.claimInitialisation);
      return granted;
    });
  } catch (cause) {
    if (cause instanceof OvertakenError) return undefined;
    throw cause;
  }
}

function toGranted(
  tx: Transaction,
  { recorded, context, diskId, attempt }: JoinWrite,
  { enrolmentKind: kind }: Extract<JoinDecision, { kind: 'grant' }>,
): Granted {
  const { target, identity, policyVersion } = recorded;
  return {
    nodeId: context.nodeId ?? tx.newId(),
    nodeName: context.nodeName ?? nodeNameOf(target.poolName, identity, attempt),
    expiresAt: new Date(tx.now.getTime() + GRANT_LIFE_MS),
    parameters: {
      enrolmentId: openEnrolment(context) ?? tx.newId(),
      kind,
      diskId,
      keyVersion: context.diskKeyVersion ?? context.diskKey?.version ?? 1,
      // A key that came back without its disk's record: there is a disk, and it was open.
      format: context.diskOpened !== true && !(context.diskIdentity === null && context.diskKey !== null),
      kdf: context.stateDiskKdf,
      nextKeyVersion: context.diskNextKeyVersion,
      epoch: context.diskEpoch ?? 0,
      acceptedEpoch: context.diskAcceptedEpoch,
      policyVersion,
    },
  };
}

function record(
  tx: Transaction,
  target: joins.JoinTarget,
  identity: string,
  { nodeId, nodeName, parameters }: Granted,
  initialises: boolean,
): void {
  const { clusterId, poolId, poolName } = target;
  const { enrolmentId, kind, diskId, policyVersion } = parameters;
  const actor = `machine:${identity}`;
  audit.append(tx, {
    clusterId,
    actor,
    action: 'enrolment.granted',
    target: `enrolment:${enrolmentId}`,
    details: { kind, node: nodeId, name: nodeName, pool: poolName, stateDiskId: diskId, policyVersion },
  });
  events.append(tx, {
    type: 'enrolment.granted',
    clusterId,
    data: { enrolmentId, poolId, nodeId, nodeName, identity, kind },
  });
  events.append(tx, {
    type: 'node.state',
    clusterId,
    data: { nodeId, name: nodeName, state: 'attesting', reason: null },
  });
  if (!initialises) return;
  audit.append(tx, {
    clusterId,
    actor,
    action: 'cluster.initialising',
    target: `cluster:${clusterId}`,
    details: { node: nodeId },
  });
  events.append(tx, { type: 'cluster.updated', clusterId, data: { state: 'initialising' } });
}

function openEnrolment({ enrolmentId, enrolmentState }: joins.JoinContext): string | undefined {
  return enrolmentState === 'waiting' || enrolmentState === 'granted'
    ? (enrolmentId ?? undefined)
    : undefined;
}

function machineOf({ recorded, attested }: JoinWrite): joins.JoiningMachine {
  const { target, identity } = recorded;
  return {
    poolId: target.poolId,
    identity,
    variant: target.variant,
    ekPublic: attested.keys?.ekPublic ?? null,
  };
}

function appraisalOf(tx: Transaction, { recorded }: JoinWrite): joins.JoinAppraisal {
  const { policyVersion, verdict, evidence, claims, binding } = recorded;
  return { id: tx.newId(), policyVersion, result: verdict.result, evidence, claims, binding };
}
