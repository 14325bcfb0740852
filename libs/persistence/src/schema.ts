import type {
  Activation,
  AppraisalResult,
  ClusterKeys,
  DataKeyPurpose,
  Node,
  EnrolmentKind,
  EnrolmentState,
  Evidence,
  EvidenceAnswer,
  KeyMetadata,
  NodeState,
  PolicyDocument,
  PoolRole,
  Rewrap,
  RoleBinding,
  StateDisk,
  StateDiskKdf,
  Variant,
  WaitReason,
} from '@asterism/contracts';
import type { Generated } from 'kysely';
import type { Json, NullableJson } from './json-column.ts';
import type { AccessSchema } from './schema-access.ts';

/** Columns are in snake_case; Kysely's CamelCasePlugin gives the names below. Times have milliseconds. */

interface ClustersTable {
  id: string;
  name: string;
  description: string;
  kubernetesMode: 'none';
  /** The cluster's measured identity (protocol §5), `clusterId` of the contract, hexadecimal. */
  measuredId: string;
  state: 'created' | 'initialising' | 'ready';
  /** The node that was told to initialise; null again when it is revoked before the cluster is ready. */
  initialiserId: string | null;
  keyMode: Generated<ClusterKeys['mode']>;
  keyScheme: Generated<ClusterKeys['scheme']>;
  /** Configured name of the provider that wraps the data keys; null in managed mode. */
  kekProvider: string | null;
  /** Cluster root (or Constellation's master secret), wrapped by the API's KEK; opaque here. */
  wrappedRoot: Buffer;
  /** Salt of the key derivation, 32 bytes where the scheme is `asterism`. */
  salt: Buffer;
  measurementSalt: Buffer;
  revision: Generated<number>;
  createdAt: Date;
}

interface PoolsTable {
  id: string;
  clusterId: string;
  name: string;
  description: string;
  role: PoolRole;
  variant: Variant;
  stateDiskKdf: Generated<StateDiskKdf>;
  activePolicyVersion: number | null;
  revision: Generated<number>;
  createdAt: Date;
}

interface PoliciesTable {
  clusterId: string;
  poolId: string;
  version: number;
  document: Json<PolicyDocument>;
  comment: string;
  createdBy: string;
  createdAt: Date;
  activatedAt: Date | null;
}

/** A machine identity that has asked to enrol. The primary key is what makes S21 hold over all clusters. */
interface MachinesTable {
  identity: string;
  clusterId: string;
  poolId: string;
  variant: Variant;
  /** Null where the machine is not known by an endorsement key. */
  ekPublic: Buffer | null;
  createdAt: Date;
}

/** AKs that were proved by credential activation to live in the TPM of an identity. */
interface AttestationKeysTable {
  clusterId: string;
  identity: string;
  /** TPM name of the AK (TPMT_PUBLIC hash with its algorithm), hexadecimal. */
  akName: string;
  activatedAt: Date;
}

interface EnrolmentsTable {
  id: string;
  clusterId: string;
  poolId: string;
  identity: string;
  kind: EnrolmentKind | null;
  state: EnrolmentState;
  waitReason: WaitReason | null;
  nodeId: string | null;
  appraisalId: string | null;
  /** Approved by an operator for this identity; the grant follows at the machine's next request. */
  approvedAt: Date | null;
  decidedBy: string | null;
  decisionReason: string | null;
  createdAt: Date;
  updatedAt: Date;
}

interface NodesTable {
  id: string;
  clusterId: string;
  poolId: string;
  identity: string;
  name: string;
  state: NodeState;
  stateReason: string | null;
  boots: Generated<number>;
  agentVersion: string | null;
  /** The state disk of its latest grant. */
  diskId: string | null;
  lastAppraisalId: string | null;
  nextAppraisalAt: Date | null;
  revision: Generated<number>;
  createdAt: Date;
  updatedAt: Date;
}

export type StateDiskFault = NonNullable<StateDisk['fault']>;

interface StateDisksTable {
  clusterId: string;
  diskId: string;
  /** Identity of the machine that first used this disk id: the only one that gets its key (S18). */
  identity: string;
  keyVersion: Generated<number>;
  /** A rotation is wanted, and done at the machine's next boot. */
  nextKeyVersion: number | null;
  /** Opens that were reported. */
  epoch: Generated<string>;
  /** An operator takes a header of this epoch once. */
  acceptedEpoch: string | null;
  fault: NullableJson<StateDiskFault>;
  createdAt: Date;
  /** When the node first reported the disk open; from then on it is never to be formatted. */
  openedAt: Date | null;
}

/** What a ticket was made of: enough to make the same one again, and no secret. */
export interface TicketParameters {
  readonly enrolmentId: string;
  readonly kind: EnrolmentKind;
  readonly diskId: string;
  readonly keyVersion: number;
  readonly format: boolean;
  readonly kdf: StateDiskKdf;
  readonly nextKeyVersion: number | null;
  readonly epoch: number;
  readonly acceptedEpoch: number | null;
  readonly policyVersion: number;
}

export type BootProgress = 'granted' | 'locked' | 'disk-open' | 'member';

interface BootsTable {
  clusterId: string;
  nodeId: string;
  /** TPM: `${resetCount}.${restartCount}` of the verified quote. */
  boot: string;
  grantedAt: Date;
  expiresAt: Date;
  lockedAt: Date | null;
  /** The furthest step this boot reached; what a lost node goes back to when it is heard again. */
  progress: BootProgress;
  ticket: Json<TicketParameters>;
}

interface NoncesTable {
  /** SHA-256 of the nonce. */
  nonceHash: Buffer;
  connectionId: string;
  purpose: string;
  expiresAt: Date;
  /** SHA-256 of the secret inside the credential that went out with this nonce. */
  activationHash: Buffer | null;
}

interface AppraisalsTable {
  id: string;
  clusterId: string;
  poolId: string;
  nodeId: string | null;
  identity: string;
  trigger: string;
  policyVersion: number;
  outcome: AppraisalResult['outcome'];
  status: AppraisalResult['status'];
  result: Json<AppraisalResult>;
  appraisedAt: Date;
}

/** The latest evidence of a machine. */
interface EvidenceTable {
  identity: string;
  clusterId: string;
  evidence: Json<Evidence>;
  claims: Json<Record<string, unknown>>;
  binding: string;
  trigger: string;
  receivedAt: Date;
}

interface KeysTable {
  clusterId: string;
  purpose: KeyMetadata['purpose'];
  id: string;
  version: number;
  owner: string;
  state: 'active' | 'retired' | 'destroyed';
  useCount: Generated<number>;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** A volume of a cluster that was taken over. */
  imported: Generated<boolean>;
}

interface DataKeysTable {
  clusterId: string;
  purpose: DataKeyPurpose;
  id: string;
  version: number;
  provider: string;
  /** The provider's name of the KEK version that wrapped it. */
  kekVersion: string;
  wrapped: Buffer;
  createdAt: Date;
  wrappedAt: Date;
  /** Names of the mirrors that have this row as it is. */
  mirroredTo: Generated<string[]>;
}

interface MirrorDeletionsTable {
  clusterId: string;
  purpose: DataKeyPurpose;
  id: string;
  version: number;
  doneBy: Generated<string[]>;
  createdAt: Date;
}

interface LeasesTable {
  name: string;
  heldBy: string;
  heldUntil: Date;
}

/** The last key that a rewrap has done. */
export interface RewrapCursor {
  readonly purpose: DataKeyPurpose;
  readonly id: string;
  readonly version: number;
}

interface RewrapsTable {
  id: string;
  clusterId: string;
  provider: string;
  state: Rewrap['state'];
  startedAt: Date;
  cursor: NullableJson<RewrapCursor>;
  total: number;
  done: Generated<number>;
  reason: string | null;
  leasedBy: string | null;
  leasedUntil: Date | null;
  requestedBy: string;
  createdAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

interface SealSlotsTable {
  id: string;
  /** `first`: made by a version that kept no kind. */
  kind: 'tpm' | 'kek' | 'key-file' | 'first';
  description: Json<Record<string, unknown>>;
  sealed: Buffer;
  comment: string;
  createdAt: Date;
  openedAt: Date | null;
}

interface RecoverySetsTable {
  id: string;
  /** Null: the API's KEK. */
  clusterId: string | null;
  threshold: number;
  /** To the secret that the shares give. */
  commitment: Buffer;
  state: 'active' | 'superseded';
  createdBy: string;
  createdAt: Date;
}

interface RecoverySharesTable {
  setId: string;
  index: number;
  name: string;
  /** age X25519 recipient. */
  recipient: string;
  shareHash: Buffer;
  lastUsedAt: Date | null;
}

interface TokensTable {
  id: string;
  name: string;
  kind: 'token' | 'session';
  /** SHA-256 of the secret; the secret itself is nowhere (S29). */
  secretHash: Buffer;
  bindings: Json<RoleBinding[]>;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

interface SignInCodesTable {
  codeHash: Buffer;
  name: string;
  bindings: Json<RoleBinding[]>;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  sessionExpiresAt: Date;
}

interface AuditTable {
  sequence: number;
  at: Date;
  clusterId: string | null;
  actor: string;
  action: string;
  target: string;
  details: Json<Record<string, unknown>>;
  previous: string;
  hash: string;
}

interface AuditHeadsTable {
  sequence: number;
  hash: string;
  signature: string;
  signedAt: Date;
}

interface EventsTable {
  id: Generated<number>;
  type: string;
  clusterId: string | null;
  at: Date;
  data: Json<Record<string, unknown>>;
}

interface EvidenceRequestsTable {
  id: string;
  clusterId: string;
  nodeId: string;
  purpose: 'reattestation' | 'verification';
  trigger: string;
  /** base64url, as it goes to the node. */
  nonce: string;
  activation: NullableJson<Activation>;
  state: 'pending' | 'sent' | 'answered' | 'failed';
  requestedBy: string;
  createdAt: Date;
  expiresAt: Date;
  answer: NullableJson<EvidenceAnswer>;
  appraisalId: string | null;
  appraisal: NullableJson<AppraisalResult>;
  policyVersion: number | null;
  failure: string | null;
}

interface ConnectionsTable {
  nodeId: string;
  clusterId: string;
  connectionId: string;
  replicaId: string;
  connection: Json<NonNullable<Node['connection']>>;
}

interface ReplicasTable {
  id: string;
  startedAt: Date;
  seenAt: Date;
}

interface IdempotencyKeysTable {
  principal: string;
  key: string;
  requestHash: Buffer;
  /** Null while the first request is still at work. */
  status: number | null;
  response: NullableJson<unknown>;
  createdAt: Date;
}

interface SettingsTable {
  name: string;
  value: Buffer;
  updatedAt: Date;
}

/** What a vendor publishes; verified when it was put here, and again by whoever reads it. */
export interface CollateralTable {
  /** Of a closed list of the contract's. */
  kind: string;
  /** Which product, chip or platform. */
  key: string;
  content: Buffer;
  /** Hexadecimal. */
  contentSha256: string;
  /** PEM; null where the content is a chain itself. */
  issuerChain: string | null;
  /** Name of whoever signed it. */
  issuer: string;
  /** Host that answered. */
  source: string;
  thisUpdate: Date;
  nextUpdate: Date;
  fetchedAt: Date;
}

/** What the latest appraisal of a node was made with. */
interface NodeCollateralTable {
  clusterId: string;
  nodeId: string;
  kind: string;
  key: string;
  contentSha256: string;
}

export interface Schema extends AccessSchema {
  clusters: ClustersTable;
  pools: PoolsTable;
  policies: PoliciesTable;
  machines: MachinesTable;
  attestationKeys: AttestationKeysTable;
  enrolments: EnrolmentsTable;
  nodes: NodesTable;
  stateDisks: StateDisksTable;
  boots: BootsTable;
  nonces: NoncesTable;
  appraisals: AppraisalsTable;
  evidence: EvidenceTable;
  keys: KeysTable;
  dataKeys: DataKeysTable;
  mirrorDeletions: MirrorDeletionsTable;
  leases: LeasesTable;
  rewraps: RewrapsTable;
  sealSlots: SealSlotsTable;
  recoverySets: RecoverySetsTable;
  recoveryShares: RecoverySharesTable;
  tokens: TokensTable;
  signInCodes: SignInCodesTable;
  audit: AuditTable;
  auditHeads: AuditHeadsTable;
  events: EventsTable;
  evidenceRequests: EvidenceRequestsTable;
  connections: ConnectionsTable;
  replicas: ReplicasTable;
  idempotencyKeys: IdempotencyKeysTable;
  settings: SettingsTable;
  collateral: CollateralTable;
  nodeCollateral: NodeCollateralTable;
}
