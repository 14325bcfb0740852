import { z } from 'zod';

/** Every operation of the operator document names exactly one of these. */
export const PERMISSIONS = [
  'session.read',
  'session.create',
  'clusters.read',
  'clusters.create',
  'clusters.update',
  'clusters.delete',
  'pools.read',
  'pools.write',
  'policies.read',
  'policies.write',
  'policies.activate',
  'enrolments.read',
  'enrolments.decide',
  'nodes.read',
  'nodes.attest',
  'nodes.quarantine',
  'nodes.revoke',
  'verification.run',
  'keys.read',
  'keys.write',
  'keys.destroy',
  'recovery.read',
  'recovery.run',
  'recovery.issue',
  'seal.read',
  'seal.write',
  'backup.create',
  'access.read',
  'access.write',
  'access.request',
  'access.approve',
  'access.revoke',
  'access.authority',
  'collateral.read',
  'collateral.write',
  'events.read',
  'audit.read',
  'tokens.read',
  'tokens.write',
  'metrics.read',
] as const;
export const permissionSchema = z.enum(PERMISSIONS).meta({ id: 'Permission' });
export type Permission = z.infer<typeof permissionSchema>;

export const ROLES = ['accessor', 'viewer', 'auditor', 'operator', 'admin'] as const;
export const roleSchema = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof roleSchema>;

/** Logs in to nodes, with keys that somebody else declared, and sees no more than that takes. */
const ACCESSOR: readonly Permission[] = [
  'session.read',
  'session.create',
  'clusters.read',
  'nodes.read',
  'verification.run',
  'access.read',
  'access.request',
];
const VIEWER: readonly Permission[] = [
  'session.read',
  'session.create',
  'clusters.read',
  'pools.read',
  'policies.read',
  'enrolments.read',
  'nodes.read',
  'verification.run',
  'keys.read',
  'access.read',
  'events.read',
];
const AUDITOR: readonly Permission[] = [
  ...VIEWER,
  'audit.read',
  'tokens.read',
  'metrics.read',
  'collateral.read',
  'recovery.read',
  'seal.read',
];
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  'clusters.update',
  'pools.write',
  'policies.write',
  'policies.activate',
  'enrolments.decide',
  'nodes.attest',
  'nodes.quarantine',
  'nodes.revoke',
  'keys.write',
  'recovery.read',
  'recovery.run',
  'seal.read',
  'access.request',
  'access.approve',
  'access.revoke',
  'collateral.read',
  'collateral.write',
];

/** What each role may do. Deny by default: what is not here is refused. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  accessor: new Set(ACCESSOR),
  viewer: new Set(VIEWER),
  auditor: new Set(AUDITOR),
  operator: new Set(OPERATOR),
  admin: new Set(PERMISSIONS),
};

/** Operations that have no cluster in their path; a role bound to one cluster does not grant them. */
export const GLOBAL_PERMISSIONS: ReadonlySet<Permission> = new Set([
  'clusters.create',
  'recovery.read',
  'recovery.run',
  'seal.read',
  'seal.write',
  'backup.create',
  'collateral.read',
  'collateral.write',
  'tokens.read',
  'tokens.write',
  'metrics.read',
]);
