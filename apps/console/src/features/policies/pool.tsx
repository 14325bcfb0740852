'use client';

import { useQuery } from '@tanstack/react-query';
import { NodeCounts } from '../../components/domain/node-counts.tsx';
import { Page } from '../../components/shell/page.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { poolQuery } from '../../data/queries.ts';
import { PolicyVersions } from './policy-versions.tsx';

interface PoolPageProps {
  readonly cluster: string;
  readonly pool: string;
}

export function PoolOverview({ cluster, pool: name }: PoolPageProps) {
  const query = useQuery(poolQuery(cluster, name));
  return (
    <Page
      title={name}
      subtitle={query.data?.data.description}
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: cluster, href: `/clusters/${cluster}` },
      ]}
    >
      <Panel title="Pool">
        <Loaded query={query} what="the pool" rows={4}>
          {({ data: pool }) => (
            <Facts
              facts={[
                { term: 'Role', value: pool.role },
                { term: 'Evidence', value: <code className="font-mono text-xs">{pool.variant}</code> },
                {
                  term: 'Active policy',
                  value:
                    pool.activePolicyVersion === null ? (
                      <Badge tone="warn">none: accepts no machine</Badge>
                    ) : (
                      `version ${pool.activePolicyVersion}`
                    ),
                },
                { term: 'Nodes', value: <NodeCounts counts={pool.nodeCounts} /> },
                {
                  term: 'Keyslots of state disks',
                  value: <code className="font-mono text-xs">{pool.stateDiskKdf}</code>,
                },
                { term: 'Created', value: <RelativeTime at={pool.createdAt} /> },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      {query.data !== undefined && <PolicyVersions cluster={cluster} pool={query.data.data} />}
    </Page>
  );
}
