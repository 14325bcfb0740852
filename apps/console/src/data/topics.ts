import type { EventType } from '@asterism/contracts';

/** What a page shows; the first part of every query's key. */
export type Topic =
  | 'session'
  | 'health'
  | 'clusters'
  | 'nodes'
  | 'pools'
  | 'policies'
  | 'enrolments'
  | 'keys'
  | 'rewraps'
  | 'kek-providers'
  | 'state-disks'
  | 'seal'
  | 'recovery'
  | 'access'
  | 'access-grants'
  | 'access-sessions'
  | 'access-nodes'
  | 'access-authorities'
  | 'audit';

/** What an event of the platform makes stale. A cluster's and a pool's counts follow its nodes. */
const STALE: Readonly<Record<EventType, readonly Topic[]>> = {
  'cluster.created': ['clusters', 'kek-providers'],
  'cluster.updated': ['clusters'],
  'cluster.deleted': ['clusters', 'kek-providers'],
  'pool.created': ['pools'],
  'pool.updated': ['pools', 'policies'],
  'policy.created': ['policies'],
  'policy.activated': ['policies', 'pools'],
  'enrolment.waiting': ['enrolments'],
  'enrolment.granted': ['enrolments', 'nodes', 'clusters', 'pools', 'keys', 'state-disks'],
  'enrolment.completed': ['enrolments', 'nodes', 'clusters', 'pools'],
  'enrolment.denied': ['enrolments'],
  'enrolment.refused': ['enrolments'],
  'node.state': ['nodes', 'clusters', 'pools', 'keys', 'state-disks', 'access-nodes'],
  'node.appraised': ['nodes'],
  'node.connected': ['nodes', 'access-nodes'],
  'node.disconnected': ['nodes', 'access-nodes'],
  'collateral.changed': [],
  'key.changed': ['keys', 'state-disks', 'nodes'],
  'rewrap.progress': ['rewraps', 'keys', 'clusters', 'kek-providers'],
  'state-disk.fault': ['state-disks'],
  'seal.changed': ['seal', 'recovery', 'health'],
  'recovery.progress': ['recovery', 'seal', 'health'],
  'recovery.issued': ['recovery'],
  'access.changed': ['access', 'access-nodes'],
  'access.grant': ['access-grants'],
  'access.node': ['access-nodes'],
  'access.session': ['access-sessions', 'access-grants'],
  'access.authority': ['access-authorities'],
};

export function staleTopics(type: EventType): readonly Topic[] {
  // A newer API may know events that this console does not.
  return [...((STALE as Partial<typeof STALE>)[type] ?? []), 'audit'];
}
