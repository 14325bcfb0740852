import type { EventType } from '@asterism/contracts';

/** What a page shows; the first part of every query's key. */
export type Topic = 'session' | 'clusters' | 'nodes' | 'pools' | 'policies' | 'enrolments' | 'audit';

/** What an event of the platform makes stale. A cluster's and a pool's counts follow its nodes. */
const STALE: Readonly<Record<EventType, readonly Topic[]>> = {
  'cluster.created': ['clusters'],
  'cluster.updated': ['clusters'],
  'cluster.deleted': ['clusters'],
  'pool.created': ['pools'],
  'pool.updated': ['pools', 'policies'],
  'policy.created': ['policies'],
  'policy.activated': ['policies', 'pools'],
  'enrolment.waiting': ['enrolments'],
  'enrolment.granted': ['enrolments', 'nodes', 'clusters', 'pools'],
  'enrolment.completed': ['enrolments', 'nodes', 'clusters', 'pools'],
  'enrolment.denied': ['enrolments'],
  'enrolment.refused': ['enrolments'],
  'node.state': ['nodes', 'clusters', 'pools'],
  'node.appraised': ['nodes'],
  'node.connected': ['nodes'],
  'node.disconnected': ['nodes'],
  'collateral.changed': [],
  'key.changed': [],
  'rewrap.progress': [],
  'state-disk.fault': [],
  'seal.changed': [],
  'recovery.progress': [],
  'recovery.issued': [],
};

export function staleTopics(type: EventType): readonly Topic[] {
  // A newer API may know events that this console does not.
  return [...((STALE as Partial<typeof STALE>)[type] ?? []), 'audit'];
}
