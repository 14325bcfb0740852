'use client';

import type { Node } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Server } from 'lucide-react';
import Link from 'next/link';
import { useMemo, useState } from 'react';
import { NodeStateBadge, OutcomeBadge } from '../../components/domain/states.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { nodesQuery } from '../../data/queries.ts';
import { ALL, FilterBar, type NodeFilter } from './filter-bar.tsx';

const column = createColumnHelper<Node>();

function columnsOf(cluster: string): ColumnDef<Node>[] {
  return [
    column.accessor('name', {
      header: 'Node',
      cell: ({ getValue }) => (
        <Link
          href={`/clusters/${cluster}/nodes/${getValue()}`}
          className="font-semibold whitespace-nowrap text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor('role', {
      header: 'Role',
      cell: ({ getValue }) => <span className="whitespace-nowrap">{getValue()}</span>,
    }),
    column.accessor('state', {
      header: 'State',
      cell: ({ getValue, row: { original } }) => (
        <span className="inline-flex items-center gap-2">
          <NodeStateBadge state={getValue()} />
          {original.stateReason !== null && (
            <span className="max-w-56 truncate text-xs text-muted" title={original.stateReason}>
              {original.stateReason}
            </span>
          )}
        </span>
      ),
    }),
    column.accessor((node) => node.lastAppraisal?.appraisedAt ?? '', {
      id: 'appraised',
      header: 'Last appraisal',
      cell: ({ row: { original } }) => <LastAppraisal appraisal={original.lastAppraisal} />,
    }),
    column.accessor('poolName', {
      header: 'Pool',
      cell: ({ getValue }) => (
        <Link
          href={`/clusters/${cluster}/pools/${getValue()}`}
          className="whitespace-nowrap hover:text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor((node) => node.connection?.keyExchange ?? '', {
      id: 'connection',
      header: 'Connection',
      cell: ({ getValue }) =>
        getValue() === '' ? (
          <span className="text-faint">not connected</span>
        ) : (
          <span className="font-mono text-xs">{getValue()}</span>
        ),
    }),
    column.accessor((node) => node.agentVersion ?? '', {
      id: 'agent',
      header: 'Agent',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue() || '–'}</span>,
    }),
  ] as ColumnDef<Node>[];
}

function LastAppraisal({ appraisal }: { appraisal: Node['lastAppraisal'] }) {
  if (appraisal === null) return <span className="text-faint">never</span>;
  return (
    <span className="inline-flex items-center gap-2">
      <OutcomeBadge outcome={appraisal.outcome} status={appraisal.status} />
      <span className="text-xs text-muted">
        <RelativeTime at={appraisal.appraisedAt} />
      </span>
    </span>
  );
}

export function NodesPanel({ cluster }: { cluster: string }) {
  const nodes = useQuery(nodesQuery(cluster));
  const [filter, setFilter] = useState<NodeFilter>(ALL);
  const columns = useMemo(() => columnsOf(cluster), [cluster]);
  const shown = nodes.data?.filter(
    ({ name, state }) => name.includes(filter.text) && (filter.state === 'any' || filter.state === state),
  );
  return (
    <Panel
      title="Nodes"
      note={nodes.data && `${nodes.data.length}`}
      flush
      actions={(nodes.data?.length ?? 0) > 1 && <FilterBar filter={filter} onChange={setFilter} />}
    >
      <Loaded query={nodes} what="nodes">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={Server} title="No nodes yet">
              A machine becomes a node when its agent has proved itself to the node listener under the policy
              of a pool.
            </Empty>
          ) : shown?.length === 0 ? (
            <Empty icon={Server} title="No node fits the filter" />
          ) : (
            <DataTable
              caption="Nodes"
              columns={columns}
              rows={shown ?? []}
              rowId={({ id }) => id}
              sortedBy="name"
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
