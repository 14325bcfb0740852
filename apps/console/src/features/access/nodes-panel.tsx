'use client';

import type { Cluster, NodeAccess } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Server } from 'lucide-react';
import Link from 'next/link';
import { useMemo } from 'react';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { nodeAccessQuery } from '../../data/access-queries.ts';
import { NodeAccessBadge } from './badges.tsx';

const column = createColumnHelper<NodeAccess>();

function columnsOf(cluster: string): ColumnDef<NodeAccess>[] {
  return [
    column.accessor((row) => row.node.name, {
      id: 'node',
      header: 'Node',
      cell: ({ getValue }) => (
        <Link
          href={`/clusters/${cluster}/nodes/${getValue()}`}
          className="font-semibold text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor('state', {
      header: 'Access',
      cell: ({ getValue }) => <NodeAccessBadge state={getValue()} />,
    }),
    column.accessor('revision', {
      header: 'Revision',
      cell: ({ row: { original } }) => (
        <span className="tabular-nums">
          {original.revision} <span className="text-muted">of {original.wanted}</span>
        </span>
      ),
    }),
    column.accessor((row) => row.addresses.map(({ host, port }) => `${host}:${port}`).join(', '), {
      id: 'addresses',
      header: 'sshd',
      cell: ({ getValue, row: { original } }) => (
        <span>
          <span className="font-mono text-xs">{getValue()}</span>
          <span className="block text-xs text-muted">{original.opensshVersion}</span>
        </span>
      ),
    }),
    column.display({
      id: 'remarks',
      header: 'What is wrong',
      cell: ({ row: { original } }) => <Remarks row={original} />,
    }),
    column.accessor((row) => row.reportedAt ?? '', {
      id: 'reported',
      header: 'Said',
      cell: ({ getValue }) =>
        getValue() === '' ? <span className="text-faint">never</span> : <RelativeTime at={getValue()} />,
    }),
  ] as ColumnDef<NodeAccess>[];
}

function Remarks({ row: { faults, drift } }: { row: NodeAccess }) {
  const [latest] = drift;
  if (faults.length === 0 && latest === undefined) return <span className="text-faint">nothing</span>;
  return (
    <ul className="text-xs">
      {faults.map(({ code, subject, detail }) => (
        <li key={`${code} ${subject}`} className="text-bad">
          {code} ({subject}): {detail}
        </li>
      ))}
      {latest !== undefined && (
        <li className="text-muted">
          {latest.path} was {latest.kind} by somebody and put right, <RelativeTime at={latest.at} />
          {drift.length > 1 && ` (and ${drift.length - 1} more)`}
        </li>
      )}
    </ul>
  );
}

export function NodesPanel({ cluster }: { cluster: Cluster }) {
  const query = useQuery(nodeAccessQuery(cluster.name));
  const columns = useMemo(() => columnsOf(cluster.name), [cluster.name]);
  return (
    <Panel title="Nodes" note="what is in force on each" flush>
      <Loaded query={query} what="the nodes">
        {(rows: readonly NodeAccess[]) =>
          rows.length === 0 ? (
            <Empty icon={Server} title="No nodes yet">
              A node tells what it enforces as soon as it is a member.
            </Empty>
          ) : (
            <DataTable
              caption="Access of nodes"
              columns={columns}
              rows={rows}
              rowId={({ node }) => node.id}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
