import type {
  AccessDrift,
  AccessPolicy,
  AccessUser,
  NodeAccessReport,
  SshAuthority,
  SshAuthorityKind,
  SshGrantState,
  SshSession,
} from '@asterism/contracts';
import type { Generated } from 'kysely';
import type { Json } from './json-column.ts';

/** Numbers of `bigint` and `numeric` columns are text in rows. */
interface AccessTable {
  clusterId: string;
  revision: Generated<string>;
  policy: Json<AccessPolicy>;
  nextSerial: Generated<string>;
  updatedAt: Date;
  updatedBy: string;
}

interface AccessUsersTable {
  clusterId: string;
  name: string;
  document: Json<AccessUser>;
  expiresAt: Date | null;
  expired: Generated<boolean>;
  createdAt: Date;
  updatedAt: Date;
}

interface AccessUserKeysTable {
  clusterId: string;
  fingerprint: string;
  userName: string;
}

interface SshAuthoritiesTable {
  clusterId: string;
  kind: SshAuthorityKind;
  version: number;
  algorithm: SshAuthority['algorithm'];
  publicKey: string;
  fingerprint: string;
  createdAt: Date;
  signsFrom: Date;
  trustedUntil: Date | null;
  revokedAt: Date | null;
  revokeReason: string | null;
}

interface SshGrantsTable {
  id: string;
  clusterId: string;
  userName: string;
  principal: string;
  nodeId: string | null;
  pools: string[];
  publicKey: string;
  fingerprint: string;
  reason: string;
  sourceAddresses: string[];
  forceCommand: string | null;
  seconds: number;
  state: SshGrantState;
  requestedBy: string;
  requesterName: string;
  requesterPerson: string;
  decidedBy: string | null;
  decisionReason: string | null;
  endedBy: string | null;
  endReason: string | null;
  createdAt: Date;
  expiresAt: Date;
  endedAt: Date | null;
}

interface SshCertificatesTable {
  clusterId: string;
  serial: string;
  grantId: string;
  userName: string;
  principals: string[];
  keyId: string;
  fingerprint: string;
  authorityVersion: number;
  validAfter: Date;
  validBefore: Date;
  issuedBy: string;
  revokedAt: Date | null;
  revokedBy: string | null;
  revokeReason: string | null;
}

interface SshRevokedKeysTable {
  clusterId: string;
  fingerprint: string;
  reason: string;
  revokedBy: string;
  revokedAt: Date;
}

interface SshHostKeysTable {
  clusterId: string;
  nodeId: string;
  fingerprint: string;
  publicKey: string;
  certificate: string;
  serial: string;
  authorityVersion: number;
  validBefore: Date;
  renewAt: Date;
  issuedAt: Date;
}

interface NodeAccessTable {
  clusterId: string;
  nodeId: string;
  revision: string;
  report: Json<NodeAccessReport>;
  drift: Json<AccessDrift[]>;
  reportedAt: Date;
}

interface SshSessionsTable {
  id: string;
  clusterId: string;
  nodeId: string;
  account: string;
  method: SshSession['method'];
  userName: string | null;
  grantId: string | null;
  serial: string | null;
  keyId: string | null;
  fingerprint: string | null;
  emergency: Generated<boolean>;
  source: string;
  openedAt: Date;
  closedAt: Date | null;
  closeReason: SshSession['closeReason'];
  recordedAt: Date;
}

/** Tables of SSH access. */
export interface AccessSchema {
  access: AccessTable;
  accessUsers: AccessUsersTable;
  accessUserKeys: AccessUserKeysTable;
  sshAuthorities: SshAuthoritiesTable;
  sshGrants: SshGrantsTable;
  sshCertificates: SshCertificatesTable;
  sshRevokedKeys: SshRevokedKeysTable;
  sshHostKeys: SshHostKeysTable;
  nodeAccess: NodeAccessTable;
  sshSessions: SshSessionsTable;
}
