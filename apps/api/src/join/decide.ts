import type { EnrolmentKind, ErrorCode, PolicyDocument, PoolRole, WaitReason } from '@asterism/contracts';
import type { joins, TicketParameters } from '@asterism/persistence';

/** A machine whose evidence for this request was accepted and unlocked, and what it asks for. */
export interface JoinRequest {
  readonly clusterId: string;
  readonly poolId: string;
  readonly role: PoolRole;
  readonly policy: PolicyDocument;
  readonly identity: string;
  readonly diskId: string;
  /** The evidence is no older than this. */
  readonly notBefore: Date;
  readonly now: Date;
}

export type JoinDecision =
  | {
      readonly kind: 'refuse';
      readonly code: ErrorCode;
      readonly detail: string;
      /** Somebody tried to have what is not his: an operator should see it. */
      readonly audited: boolean;
    }
  | { readonly kind: 'wait'; readonly reason: WaitReason }
  | { readonly kind: 'grant'; readonly enrolmentKind: EnrolmentKind; readonly claimInitialisation: boolean }
  /** This boot was granted already: the same again. */
  | {
      readonly kind: 'repeat';
      readonly nodeId: string;
      readonly nodeName: string;
      readonly parameters: TicketParameters;
      readonly expiresAt: Date;
    };

/**
 * What an accepted machine gets, from the server's records alone (S17). Pure: the caller reads the records, and writes
 * the outcome under constraints that fail when they have changed meanwhile.
 */
export function decideJoin(context: joins.JoinContext, request: JoinRequest): JoinDecision {
  return (
    refuseMachine(context, request) ??
    refuseDisk(context, request) ??
    refuseOlderThanLock(context, request) ??
    repeatBoot(context, request) ??
    waitForApproval(context, request) ??
    placeInCluster(context, request)
  );
}

/** S21, S24: an identity enrols once; what an operator or an appraisal has ended stays ended. */
function refuseMachine(context: joins.JoinContext, request: JoinRequest): JoinDecision | undefined {
  const { machineClusterId, machinePoolId, nodeState, enrolmentState } = context;
  const elsewhere =
    machineClusterId !== null && (machineClusterId !== request.clusterId || machinePoolId !== request.poolId);
  if (elsewhere) {
    return refuse('identity-duplicate', 'this machine is enrolled in another pool or cluster', true);
  }
  if (nodeState === 'revoked') return refuse('node-revoked', 'this node is revoked');
  if (nodeState === 'quarantined') return refuse('node-quarantined', 'this node is quarantined');
  if (enrolmentState === 'denied') return refuse('enrolment-denied', 'an operator denied this machine');
  return undefined;
}

/** S18: a disk's key goes to the machine that first used the disk, and to no other. */
function refuseDisk(context: joins.JoinContext, { identity }: JoinRequest): JoinDecision | undefined {
  const { diskIdentity, diskKey } = context;
  // A key without a disk came back from a mirror: it is kept for the machine that it says.
  const owned = diskIdentity === null ? diskKey?.owner === `machine:${identity}` : diskIdentity === identity;
  if (!owned && (diskIdentity !== null || diskKey !== null)) {
    return refuse('state-disk-not-owned', 'this state disk belongs to another machine', true);
  }
  if (diskKey?.state !== 'destroyed') return undefined;
  return refuse('key-destroyed', 'the key of this state disk was destroyed: what it holds cannot be read');
}

/**
 * S20: evidence that may be from before a lock says nothing about the machine now. A TPM disguises its boot counters for
 * each attestation key, so another key of the same boot looks like another boot: only time tells.
 */
function refuseOlderThanLock(
  { lastLockedAt }: joins.JoinContext,
  { notBefore }: JoinRequest,
): JoinDecision | undefined {
  if (lastLockedAt === null || lastLockedAt < notBefore) return undefined;
  return refuse('node-locked', 'this machine was locked after the evidence was asked for');
}

/** S20: boot secrets once a boot, the same ones while the grant lasts, none once the lock was reported or seen. */
function repeatBoot(context: joins.JoinContext, request: JoinRequest): JoinDecision | undefined {
  const { bootProgress, bootTicket: parameters, bootExpiresAt: expiresAt, nodeId, nodeName } = context;
  if (bootProgress === null || parameters === null || expiresAt === null) return undefined;
  if (nodeId === null || nodeName === null) return undefined;
  if (bootProgress !== 'granted') {
    return refuse('node-locked', 'this boot is locked: no boot secrets until the machine reboots');
  }
  if (expiresAt <= request.now) {
    return refuse('node-locked', 'the grant of this boot has expired: no boot secrets until it reboots');
  }
  if (parameters.diskId !== request.diskId) {
    return refuse('node-state-conflict', 'this boot was granted the key of another disk');
  }
  return { kind: 'repeat', nodeId, nodeName, parameters, expiresAt };
}

/** S22: a control plane needs an approval unless its policy names the machines; once a node, always approved. */
function waitForApproval(context: joins.JoinContext, request: JoinRequest): JoinDecision | undefined {
  const { policy, role } = request;
  if (context.nodeId !== null || context.enrolmentApproved === true) return undefined;
  const needed = policy.approval === 'required' || (role === 'control-plane' && !namesMachines(policy));
  return needed ? { kind: 'wait', reason: 'approval' } : undefined;
}

/** One control-plane node makes the cluster; everybody else waits for it. */
function placeInCluster(context: joins.JoinContext, { role }: JoinRequest): JoinDecision {
  const { clusterState, initialiserId, nodeId } = context;
  if (clusterState === 'ready') return grant(nodeId === null ? 'join' : 'rejoin');
  if (clusterState === 'initialising' && nodeId !== null && nodeId === initialiserId) {
    return grant('initialise');
  }
  if (clusterState === 'created' && role === 'control-plane') return grant('initialise', true);
  return { kind: 'wait', reason: 'initialisation' };
}

function namesMachines(policy: PolicyDocument): boolean {
  if (policy.variant !== 'tpm') return policy.machines !== 'any';
  const { attestationKey } = policy.tpm;
  if (attestationKey.trust === 'endorsement-key') return attestationKey.allow !== 'any';
  return attestationKey.trust === 'pinned';
}

function grant(enrolmentKind: EnrolmentKind, claimInitialisation = false): JoinDecision {
  return { kind: 'grant', enrolmentKind, claimInitialisation };
}

function refuse(code: ErrorCode, detail: string, audited = false): JoinDecision {
  return { kind: 'refuse', code, detail, audited };
}
