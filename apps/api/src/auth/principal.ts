import {
  GLOBAL_PERMISSIONS,
  PERMISSIONS,
  ROLE_PERMISSIONS,
  type Permission,
  type RoleBinding,
  type Session,
} from '@asterism/contracts';

/** Who calls: the holder of an API token, or of a session made from a sign-in code. */
export interface Principal {
  /** Id of the token or session. */
  readonly id: string;
  readonly kind: 'token' | 'session';
  readonly name: string;
  /** As audit records name it. */
  readonly actor: `token:${string}`;
  readonly bindings: readonly RoleBinding[];
  readonly expiresAt: Date;
}

/** Held over everything. */
export function holdsGlobally(principal: Pick<Principal, 'bindings'>, permission: Permission): boolean {
  return principal.bindings.some(
    ({ role, clusterId }) => clusterId === null && ROLE_PERMISSIONS[role].has(permission),
  );
}

/** Held for one cluster: over everything, or over this one. Global permissions are never held through a cluster. */
export function holdsFor(
  principal: Pick<Principal, 'bindings'>,
  permission: Permission,
  clusterId: string,
): boolean {
  if (holdsGlobally(principal, permission)) return true;
  if (GLOBAL_PERMISSIONS.has(permission)) return false;
  return principal.bindings.some(
    (binding) => binding.clusterId === clusterId && ROLE_PERMISSIONS[binding.role].has(permission),
  );
}

/** Held somewhere: enough for a list, which then shows only what `clustersWith` names. */
export function holdsAnywhere(principal: Pick<Principal, 'bindings'>, permission: Permission): boolean {
  const visible = clustersWith(principal, permission);
  return visible === 'all' || visible.length > 0;
}

/** The clusters in which a permission is held. */
export function clustersWith(
  principal: Pick<Principal, 'bindings'>,
  permission: Permission,
): readonly string[] | 'all' {
  if (holdsGlobally(principal, permission)) return 'all';
  if (GLOBAL_PERMISSIONS.has(permission)) return [];
  return boundClusters(principal).filter((clusterId) => holdsFor(principal, permission, clusterId));
}

/** False: to this principal the cluster does not exist (S33). */
export function maySee(principal: Pick<Principal, 'bindings'>, clusterId: string): boolean {
  return principal.bindings.some((binding) => binding.clusterId === null || binding.clusterId === clusterId);
}

/** Nobody gives what he does not have: every permission of the wanted binding is held where it would be given. */
export function mayGrant(principal: Pick<Principal, 'bindings'>, wanted: RoleBinding): boolean {
  const { clusterId } = wanted;
  return [...ROLE_PERMISSIONS[wanted.role]].every((permission) =>
    clusterId === null
      ? holdsGlobally(principal, permission)
      : GLOBAL_PERMISSIONS.has(permission) || holdsFor(principal, permission, clusterId),
  );
}

export function toSession(principal: Principal): Session {
  const clusterPermissions = Object.fromEntries(
    boundClusters(principal).map((clusterId) => [
      clusterId,
      PERMISSIONS.filter((permission) => holdsFor(principal, permission, clusterId)),
    ]),
  );
  return {
    principal: principal.actor,
    name: principal.name,
    bindings: [...principal.bindings],
    permissions: PERMISSIONS.filter((permission) => holdsGlobally(principal, permission)),
    clusterPermissions,
    expiresAt: principal.expiresAt.toISOString(),
  };
}

function boundClusters({ bindings }: Pick<Principal, 'bindings'>): string[] {
  return [...new Set(bindings.flatMap(({ clusterId }) => (clusterId === null ? [] : [clusterId])))].sort();
}
