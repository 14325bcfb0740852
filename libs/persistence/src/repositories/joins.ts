import type {
  AppraisalResult,
  ClusterKeys,
  EnrolmentKind,
  EnrolmentState,
  KeyMetadata,
  NodeState,
  PoolRole,
} from '@asterism/contracts';
import type { Evidence, StateDiskKdf, Variant, WaitReason } from '@asterism/contracts';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { BootProgress, TicketParameters } from '../schema.ts';

/** Where a machine that names a cluster and a pool would go, and what is known of its keys. */
export interface JoinTarget {
  readonly clusterId: string;
  readonly clusterName: string;
  readonly measuredId: string;
  readonly keyMode: ClusterKeys['mode'];
  readonly keyScheme: ClusterKeys['scheme'];
  readonly poolId: string;
  readonly poolName: string;
  readonly role: PoolRole;
  readonly variant: Variant;
  readonly policyVersion: number | null;
  /** The AK was proved to live in the TPM of this identity before. */
  readonly akKnown: boolean;
}

export async function findTarget(
  queries: Queries,
  names: {
    readonly cluster: string;
    readonly pool: string;
    readonly identity: string;
    readonly akName: string;
  },
): Promise<JoinTarget | undefined> {
  const { rows } = await sql<JoinTarget>`-- prepared join-target
    select c.id as cluster_id, c.name as cluster_name, c.measured_id, c.key_mode, c.key_scheme,
      p.id as pool_id, p.name as pool_name, p.role, p.variant, p.active_policy_version as policy_version,
      exists (select from attestation_keys a where a.cluster_id = c.id and a.identity = ${names.identity}
        and a.ak_name = ${names.akName}) as ak_known
    from clusters c join pools p on p.cluster_id = c.id
    where c.name = ${names.cluster} and p.name = ${names.pool}`.execute(queries);
  return rows[0];
}

export interface ConsumedChallenge {
  readonly activationHash: Uint8Array | null;
  readonly policyVersion: number | null;
  readonly node: { readonly id: string; readonly name: string; readonly state: NodeState } | null;
}

interface ChallengeRow {
  readonly activation_hash: Uint8Array | null;
  readonly expires_at: Date;
  readonly active_policy_version: number | null;
  readonly id: string | null;
  readonly name: string | null;
  readonly state: NodeState | null;
}

/**
 * Uses up a challenge's nonce as `nonces.consume` does, and reads in the same round trip what the answer needs: the
 * policy that counts now, and the node of this identity in the pool if there is one.
 */
export async function consumeChallenge(
  database: Database,
  target: Pick<JoinTarget, 'clusterId' | 'poolId'>,
  challenge: { readonly hash: Uint8Array; readonly connectionId: string; readonly identity: string },
): Promise<ConsumedChallenge | undefined> {
  const [row] = await database.prepared<ChallengeRow>(
    'challenge-consume',
    `with used as (
       delete from nonces where nonce_hash = $1 and connection_id = $2 and purpose = 'challenge'
       returning activation_hash, expires_at
     )
     select used.*, p.active_policy_version, n.id, n.name, n.state
     from used
     left join pools p on p.cluster_id = $3 and p.id = $4
     left join nodes n on n.cluster_id = $3 and n.pool_id = $4 and n.identity = $5`,
    [
      Buffer.from(challenge.hash),
      challenge.connectionId,
      target.clusterId,
      target.poolId,
      challenge.identity,
    ],
  );
  if (row === undefined || row.expires_at <= database.clock()) return undefined;
  const { id, name, state } = row;
  return {
    activationHash: row.activation_hash,
    policyVersion: row.active_policy_version,
    node: id !== null && name !== null && state !== null ? { id, name, state } : null,
  };
}

/** Notes that an AK was proved to live in the TPM of an identity. */
export async function recordActivation(
  tx: Transaction,
  clusterId: string,
  key: { readonly identity: string; readonly akName: string },
): Promise<void> {
  await tx.queries
    .insertInto('attestationKeys')
    .values({ clusterId, ...key, activatedAt: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Everything that authorising an enrolment looks at, in one statement. */
export interface JoinContext {
  readonly clusterState: 'created' | 'initialising' | 'ready';
  readonly initialiserId: string | null;
  readonly activePolicyVersion: number | null;
  /** Where the identity is enrolled or has asked to be; null for a machine never seen. */
  readonly machineClusterId: string | null;
  readonly machinePoolId: string | null;
  readonly nodeId: string | null;
  readonly nodeName: string | null;
  readonly nodeState: NodeState | null;
  /** The open enrolment, else the latest denied one. */
  readonly enrolmentId: string | null;
  readonly enrolmentState: EnrolmentState | null;
  readonly enrolmentKind: EnrolmentKind | null;
  readonly enrolmentApproved: boolean | null;
  readonly enrolmentWaitReason: WaitReason | null;
  /** Owner of the disk id that was asked for; null while nobody owns it. */
  readonly diskIdentity: string | null;
  /** Version, state and owner of its key, where there is one: also of a disk that nobody owns any more. */
  readonly diskKey: {
    readonly version: number;
    readonly state: KeyMetadata['state'];
    readonly owner: string;
  } | null;
  readonly diskKeyVersion: number | null;
  readonly diskOpened: boolean | null;
  readonly diskNextKeyVersion: number | null;
  /** Opens that were reported; null while nobody owns the disk. */
  readonly diskEpoch: number | null;
  readonly diskAcceptedEpoch: number | null;
  /** How the pool wants passphrases of state disks stretched. */
  readonly stateDiskKdf: StateDiskKdf;
  readonly bootProgress: BootProgress | null;
  readonly bootExpiresAt: Date | null;
  readonly bootTicket: TicketParameters | null;
  /** When a boot of the node was last locked, whichever that was. */
  readonly lastLockedAt: Date | null;
}

export async function readContext(
  queries: Queries,
  clusterId: string,
  poolId: string,
  machine: { readonly identity: string; readonly diskId: string; readonly boot: string },
): Promise<JoinContext | undefined> {
  const { rows } = await sql<JoinContext>`-- prepared join-context
    select c.state as cluster_state, c.initialiser_id, p.active_policy_version,
      m.cluster_id as machine_cluster_id, m.pool_id as machine_pool_id,
      n.id as node_id, n.name as node_name, n.state as node_state,
      e.id as enrolment_id, e.state as enrolment_state, e.kind as enrolment_kind,
      e.approved_at is not null as enrolment_approved, e.wait_reason as enrolment_wait_reason,
      d.identity as disk_identity, d.key_version as disk_key_version, d.opened_at is not null as disk_opened,
      to_jsonb(k) as disk_key, d.next_key_version as disk_next_key_version, d.epoch::float8 as disk_epoch,
      d.accepted_epoch::float8 as disk_accepted_epoch, p.state_disk_kdf,
      b.progress as boot_progress, b.expires_at as boot_expires_at, b.ticket as boot_ticket,
      (select max(locked_at) from boots where boots.node_id = n.id) as last_locked_at
    from clusters c
    join pools p on p.cluster_id = c.id and p.id = ${poolId}
    left join machines m on m.identity = ${machine.identity}
    left join nodes n on n.identity = m.identity and n.cluster_id = c.id
    left join lateral (select * from enrolments where identity = m.identity and cluster_id = c.id
      and state in ('waiting', 'granted', 'denied') order by (state = 'denied'), id desc limit 1) e on true
    left join state_disks d on d.cluster_id = c.id and d.disk_id = ${machine.diskId}
    left join lateral (select version, state, owner from keys where cluster_id = c.id and purpose = 'state-disk'
      and id = ${machine.diskId} and version = coalesce(d.key_version, version) order by version desc limit 1) k on true
    left join boots b on b.node_id = n.id and b.boot = ${machine.boot}
    where c.id = ${clusterId}`.execute(queries);
  return rows[0];
}

export interface JoiningMachine {
  readonly poolId: string;
  readonly identity: string;
  readonly variant: Variant;
  /** TPMT_PUBLIC; null where the machine is not known by an endorsement key. */
  readonly ekPublic: Uint8Array | null;
}

export interface JoinAppraisal {
  readonly id: string;
  readonly policyVersion: number;
  readonly result: AppraisalResult;
  readonly evidence: Evidence;
  readonly claims: Record<string, unknown>;
  /** Hexadecimal. */
  readonly binding: string;
}

export interface JoinWait {
  readonly enrolmentId: string;
  readonly kind: EnrolmentKind | null;
  readonly reason: WaitReason;
  readonly newMachine: boolean;
}

/**
 * Writes that a machine waits. A unique violation means that it was faster on another connection: read the context
 * again (S21).
 */
export async function writeWait(
  tx: Transaction,
  clusterId: string,
  machine: JoiningMachine,
  appraisal: JoinAppraisal,
  wait: JoinWait,
): Promise<void> {
  await sql`
    with machine as (
      insert into machines (identity, cluster_id, pool_id, variant, ek_public, created_at)
      select ${machine.identity}, ${clusterId}::uuid, ${machine.poolId}::uuid, ${machine.variant},
        ${machine.ekPublic && Buffer.from(machine.ekPublic)}::bytea, ${tx.now}::timestamptz where ${wait.newMachine}::boolean
    ), ${writeAppraisal(tx, clusterId, machine, appraisal, null)}
    insert into enrolments (id, cluster_id, pool_id, identity, kind, state, wait_reason, appraisal_id, created_at,
      updated_at)
    values (${wait.enrolmentId}, ${clusterId}, ${machine.poolId}, ${machine.identity}, ${wait.kind}, 'waiting',
      ${wait.reason}, ${appraisal.id}, ${tx.now}, ${tx.now})
    on conflict (id) do update set wait_reason = excluded.wait_reason, kind = excluded.kind,
      appraisal_id = excluded.appraisal_id, updated_at = excluded.updated_at
    where enrolments.state = 'waiting'`.execute(tx.queries);
}

export interface JoinGrant {
  readonly enrolmentId: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly agentVersion: string;
  readonly kind: EnrolmentKind;
  readonly boot: string;
  readonly expiresAt: Date;
  readonly ticket: TicketParameters;
  /** SHA-256 of the AK that was activated, to be known from now on; null where it is known. */
  readonly activatedKey: string | null;
  readonly newMachine: boolean;
  readonly newNode: boolean;
  readonly newDisk: boolean;
  /** The cluster is not created yet and this node is to do it: at most one machine gets this. */
  readonly claimInitialisation: boolean;
}

/**
 * Writes a grant: machine, node, disk, boot, key use, appraisal and evidence together. Constraints decide races: a
 * unique violation means that another connection was faster, and the caller reads the context again (S21).
 * @returns false where another machine was told to initialise first, the node may not attest any more, or the key was
 * destroyed; the caller must roll back.
 */
export async function writeGrant(
  tx: Transaction,
  clusterId: string,
  machine: JoiningMachine,
  appraisal: JoinAppraisal,
  grant: JoinGrant,
): Promise<boolean> {
  const { rows } = await sql<{ ready: boolean }>`-- prepared join-grant
    with machine as (
      insert into machines (identity, cluster_id, pool_id, variant, ek_public, created_at)
      select ${machine.identity}, ${clusterId}::uuid, ${machine.poolId}::uuid, ${machine.variant},
        ${machine.ekPublic && Buffer.from(machine.ekPublic)}::bytea, ${tx.now}::timestamptz where ${grant.newMachine}::boolean
    ), ${writeAppraisal(tx, clusterId, machine, appraisal, grant.nodeId)},
    made as (
      insert into nodes (id, cluster_id, pool_id, identity, name, state, boots, agent_version, disk_id,
        last_appraisal_id, created_at, updated_at)
      select ${grant.nodeId}::uuid, ${clusterId}::uuid, ${machine.poolId}::uuid, ${machine.identity},
        ${grant.nodeName}, 'attesting', 1, ${grant.agentVersion}, ${grant.ticket.diskId}, ${appraisal.id}::uuid,
        ${tx.now}::timestamptz, ${tx.now}::timestamptz where ${grant.newNode}::boolean
      returning id
    ), back as (
      update nodes set state = 'attesting', state_reason = null, boots = boots + 1,
        agent_version = ${grant.agentVersion}, disk_id = ${grant.ticket.diskId}, last_appraisal_id = ${appraisal.id},
        next_appraisal_at = null, revision = revision + 1, updated_at = ${tx.now}
      where id = ${grant.nodeId} and cluster_id = ${clusterId} and not ${grant.newNode}::boolean
        and state not in ('quarantined', 'revoked')
      returning id
    ), disk as (
      insert into state_disks (cluster_id, disk_id, identity, key_version, created_at, opened_at)
      select ${clusterId}::uuid, ${grant.ticket.diskId}, ${machine.identity}, ${grant.ticket.keyVersion}::integer,
        ${tx.now}::timestamptz, ${grant.ticket.format ? null : tx.now}::timestamptz where ${grant.newDisk}::boolean
    ), boot as (
      insert into boots (cluster_id, node_id, boot, granted_at, expires_at, ticket)
      values (${clusterId}, ${grant.nodeId}, ${grant.boot}, ${tx.now}, ${grant.expiresAt},
        ${JSON.stringify(grant.ticket)})
    ), known as (
      insert into attestation_keys (cluster_id, identity, ak_name, activated_at)
      select ${clusterId}::uuid, ${machine.identity}, ${grant.activatedKey}, ${tx.now}::timestamptz
      where ${grant.activatedKey}::text is not null
      on conflict do nothing
    ), key as (
      insert into keys (cluster_id, purpose, id, version, owner, state, use_count, created_at, last_used_at)
      values (${clusterId}, 'state-disk', ${grant.ticket.diskId}, ${grant.ticket.keyVersion},
        ${`node:${grant.nodeId}`}, 'active', 1, ${tx.now}, ${tx.now})
      on conflict (cluster_id, purpose, id, version) do update
        set use_count = keys.use_count + 1, last_used_at = excluded.last_used_at, owner = excluded.owner
        where keys.state <> 'destroyed'
      returning id
    ), next_key as (
      update keys set use_count = use_count + 1, last_used_at = ${tx.now}
      where cluster_id = ${clusterId} and purpose = 'state-disk' and id = ${grant.ticket.diskId}
        and version = ${grant.ticket.nextKeyVersion} and state <> 'destroyed'
    ), initialised as (
      update clusters set state = 'initialising', initialiser_id = ${grant.nodeId}
      where id = ${clusterId} and state = 'created' and ${grant.claimInitialisation}::boolean
      returning id
    ), enrolment as (
      insert into enrolments (id, cluster_id, pool_id, identity, kind, state, node_id, appraisal_id, created_at,
        updated_at)
      values (${grant.enrolmentId}, ${clusterId}, ${machine.poolId}, ${machine.identity}, ${grant.kind}, 'granted',
        ${grant.nodeId}, ${appraisal.id}, ${tx.now}, ${tx.now})
      on conflict (id) do update set state = 'granted', kind = excluded.kind, wait_reason = null,
        node_id = excluded.node_id, appraisal_id = excluded.appraisal_id, updated_at = excluded.updated_at
      where enrolments.state in ('waiting', 'granted')
      returning id
    )
    select (exists (select from made) or exists (select from back))
      and exists (select from enrolment) and exists (select from key)
      and (exists (select from initialised) or not ${grant.claimInitialisation}::boolean) as ready`.execute(
    tx.queries,
  );
  return rows[0]?.ready === true;
}

function writeAppraisal(
  tx: Transaction,
  clusterId: string,
  machine: Pick<JoiningMachine, 'poolId' | 'identity'>,
  appraisal: JoinAppraisal,
  nodeId: string | null,
) {
  const { result } = appraisal;
  return sql`appraisal as (
      insert into appraisals (id, cluster_id, pool_id, node_id, identity, trigger, policy_version, outcome, status,
        result, appraised_at)
      values (${appraisal.id}, ${clusterId}, ${machine.poolId}, ${nodeId}, ${machine.identity}, 'enrolment',
        ${appraisal.policyVersion}, ${result.outcome}, ${result.status}, ${JSON.stringify(result)}, ${tx.now})
    ), latest as (
      insert into evidence (identity, cluster_id, evidence, claims, binding, trigger, received_at)
      values (${machine.identity}, ${clusterId}, ${JSON.stringify(appraisal.evidence)},
        ${JSON.stringify(appraisal.claims)}, ${appraisal.binding}, 'enrolment', ${tx.now})
      on conflict (identity) do update set cluster_id = excluded.cluster_id, evidence = excluded.evidence,
        claims = excluded.claims, binding = excluded.binding, trigger = excluded.trigger,
        received_at = excluded.received_at
    )`;
}
