import type { Permission, Session } from '@asterism/contracts';

/** Whether the session holds a permission: over everything, or for this cluster (its id). The API decides; this only hides. */
export function may(
  session: Pick<Session, 'permissions' | 'clusterPermissions'> | undefined,
  permission: Permission,
  clusterId?: string,
): boolean {
  if (session === undefined) return false;
  if (session.permissions.includes(permission)) return true;
  return clusterId !== undefined && (session.clusterPermissions[clusterId]?.includes(permission) ?? false);
}

/** Held somewhere: enough for a list that then shows what the session may see. */
export function mayAnywhere(
  session: Pick<Session, 'permissions' | 'clusterPermissions'> | undefined,
  permission: Permission,
): boolean {
  if (may(session, permission)) return true;
  return Object.values(session?.clusterPermissions ?? {}).some((held) => held.includes(permission));
}
