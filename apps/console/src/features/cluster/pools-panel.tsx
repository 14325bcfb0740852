'use client';

import type { Pool } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Layers } from 'lucide-react';
import Link from 'next/link';
import { useMemo } from 'react';
import { NodeCounts } from '../../components/domain/node-counts.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { poolsQuery } from '../../data/queries.ts';

const column = createColumnHelper<Pool>();

function columnsOf(cluster: string): ColumnDef<Pool>[] {
  return [
    column.accessor('name', {
      header: 'Pool',
      cell: ({ getValue }) => (
        <Link
          href={`/clusters/${cluster}/pools/${getValue()}`}
          className="font-semibold text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor('role', { header: 'Role' }),
    column.accessor('variant', {
      header: 'Evidence',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    }),
    column.accessor((pool) => pool.activePolicyVersion ?? 0, {
      id: 'policy',
      header: 'Active policy',
      cell: ({ getValue }) =>
        getValue() === 0 ? <Badge tone="warn">none: accepts no machine</Badge> : `version ${getValue()}`,
    }),
    column.display({
      id: 'nodes',
      header: 'Nodes',
      cell: ({ row }) => <NodeCounts counts={row.original.nodeCounts} />,
    }),
  ] as ColumnDef<Pool>[];
}

export function PoolsPanel({ cluster }: { cluster: string }) {
  const pools = useQuery(poolsQuery(cluster));
  const columns = useMemo(() => columnsOf(cluster), [cluster]);
  return (
    <Panel title="Pools" note={pools.data && `${pools.data.length}`} flush>
      <Loaded query={pools} what="pools" rows={2}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty icon={Layers} title="No pools yet">
              A pool is a set of nodes of one role and one policy. Make one with{' '}
              <code className="font-mono text-xs">asterism pools create</code>.
            </Empty>
          ) : (
            <DataTable caption="Pools" columns={columns} rows={rows} rowId={({ id }) => id} sortedBy="name" />
          )
        }
      </Loaded>
    </Panel>
  );
}
