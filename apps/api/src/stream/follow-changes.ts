import { needKey, parseNeed } from '@asterism/collateral';
import type { NodeState, PlatformEvent } from '@asterism/contracts';
import { followEvents, type Database, type Subscription } from '@asterism/persistence';
import type { ApiCollateral } from '../collateral/open-collateral.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReattestationScheduler } from '../reattestation/scheduler.ts';
import { AccessNews } from './access-news.ts';
import type { NodeStreams } from './node-streams.ts';

export interface FollowChangesOptions {
  readonly database: Database;
  readonly streams: NodeStreams;
  readonly scheduler: ReattestationScheduler;
  readonly collateral: Pick<ApiCollateral, 'forget'>;
  readonly logger: Logger;
}

const ENDING: ReadonlySet<unknown> = new Set<NodeState>(['quarantined', 'revoked']);

/**
 * Does on this replica what a commit anywhere asks for: ends streams (S24), re-attests under a new policy, gives up collateral
 * that has changed (S15), and tells nodes that access has.
 */
export function followChanges(options: FollowChangesOptions): Promise<Subscription> {
  const { database, streams, logger } = options;
  const news = new AccessNews((clusterId) => streams.ofCluster(clusterId));
  return followEvents(database, (events) => events.forEach((event) => follow(event, options, news)), {
    onFault: (error) => logger.warn({ err: error }, 'cannot follow the events'),
  });
}

function follow(
  { type, clusterId, data }: PlatformEvent,
  { streams, scheduler, collateral }: FollowChangesOptions,
  news: AccessNews,
): void {
  const { nodeId, poolId, connectionId, state, reason } = data;
  if (type === 'node.state' && typeof nodeId === 'string' && ENDING.has(state)) {
    streams.tellAndEnd(nodeId, state as NodeState, typeof reason === 'string' ? reason : null);
  } else if (type === 'node.connected' && typeof nodeId === 'string' && typeof connectionId === 'string') {
    streams.supersede(nodeId, connectionId);
  } else if (type === 'policy.activated' && typeof poolId === 'string') {
    scheduler.policyChanged(poolId);
  } else if (type === 'access.changed' && clusterId !== null) {
    news.tell(clusterId, Number(data['revision']));
  } else if (type === 'collateral.changed') {
    collateral.forget(needKey(parseNeed({ kind: String(data['kind']), key: String(data['key']) })));
  }
}
