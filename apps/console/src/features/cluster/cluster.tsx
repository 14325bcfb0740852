'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { ClusterStateBadge } from '../../components/domain/states.tsx';
import { NodeCounts } from '../../components/domain/node-counts.tsx';
import { Page } from '../../components/shell/page.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { clusterQuery } from '../../data/queries.ts';
import { NodesPanel } from './nodes-panel.tsx';
import { PoolsPanel } from './pools-panel.tsx';
import { DecisionNotices } from './decision-notices.tsx';

export function ClusterOverview({ cluster: name }: { cluster: string }) {
  const cluster = useQuery(clusterQuery(name));
  return (
    <Page
      title={name}
      subtitle={cluster.data?.description}
      crumbs={[{ label: 'Clusters', href: '/clusters' }]}
    >
      <DecisionNotices cluster={name} />
      <Panel title="Cluster">
        <Loaded query={cluster} what="the cluster" rows={3}>
          {({ state, nodeCounts, clusterId, keys, createdAt }) => (
            <Facts
              facts={[
                { term: 'State', value: <ClusterStateBadge state={state} /> },
                { term: 'Nodes', value: <NodeCounts counts={nodeCounts} /> },
                {
                  term: 'Measured identity',
                  value: <Copyable value={clusterId} label="the cluster’s measured identity" />,
                },
                {
                  term: 'Keys',
                  value: (
                    <Link href={`/clusters/${name}/keys`} className="text-accent hover:underline">
                      {keys.mode === 'managed' ? 'managed' : `external, wrapped by ${keys.provider}`}
                    </Link>
                  ),
                },
                {
                  term: 'SSH access',
                  value: (
                    <Link href={`/clusters/${name}/access`} className="text-accent hover:underline">
                      who may log in, and who is
                    </Link>
                  ),
                },
                { term: 'Created', value: <RelativeTime at={createdAt} /> },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      {cluster.data !== undefined && (
        <>
          <NodesPanel cluster={name} />
          <PoolsPanel cluster={name} />
        </>
      )}
    </Page>
  );
}
