'use client';

import type { Cluster, SshSession } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Siren, SquareTerminal } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { closedSessionsQuery, openSessionsQuery } from '../../data/access-queries.ts';

const column = createColumnHelper<SshSession>();

function columnsOf(cluster: string, which: 'open' | 'closed'): ColumnDef<SshSession>[] {
  const common = [
    column.accessor((session) => session.user ?? '', {
      id: 'user',
      header: 'Who',
      cell: ({ row: { original } }) => <Who session={original} />,
    }),
    column.accessor('account', {
      header: 'As',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    }),
    column.accessor((session) => session.node.name, {
      id: 'node',
      header: 'Node',
      cell: ({ getValue, row: { original } }) => (
        <Link
          href={`/clusters/${cluster}/nodes/${original.node.name}`}
          className="font-semibold text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor('source', {
      header: 'From',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    }),
    column.accessor((session) => session.serial ?? '', {
      id: 'serial',
      header: 'Certificate',
      cell: ({ getValue }) =>
        getValue() === '' ? (
          <span className="text-faint">none of ours</span>
        ) : (
          <span className="tabular-nums">{getValue()}</span>
        ),
    }),
    column.accessor('openedAt', {
      header: 'Since',
      cell: ({ getValue }) => <RelativeTime at={getValue()} />,
    }),
  ];
  const ended = column.accessor((session) => session.closedAt ?? '', {
    id: 'ended',
    header: 'Ended',
    cell: ({ getValue, row: { original } }) => (
      <>
        <RelativeTime at={getValue()} /> <span className="text-muted">({original.closeReason})</span>
      </>
    ),
  });
  return (which === 'open' ? common : [...common, ended]) as ColumnDef<SshSession>[];
}

function Who({ session: { user, emergency, method } }: { session: SshSession }) {
  if (emergency) {
    return (
      <Badge tone="bad">
        <Siren aria-hidden />
        emergency{user === null ? '' : `: ${user}`}
      </Badge>
    );
  }
  return user === null ? (
    <Badge tone="warn">nobody of ours ({method})</Badge>
  ) : (
    <span className="font-medium">{user}</span>
  );
}

export function SessionsPanel({ cluster }: { cluster: Cluster }) {
  const [which, setWhich] = useState<'open' | 'closed'>('open');
  const open = useQuery(openSessionsQuery(cluster.name));
  const closed = useQuery({ ...closedSessionsQuery(cluster.name), enabled: which === 'closed' });
  return (
    <Panel
      title="Sessions"
      flush
      actions={
        <Button size="small" onClick={() => setWhich(which === 'open' ? 'closed' : 'open')}>
          {which === 'open' ? 'Show ended ones' : 'Show who is there'}
        </Button>
      }
    >
      <Loaded query={which === 'open' ? open : closed} what="the sessions">
        {(rows: readonly SshSession[]) =>
          rows.length === 0 ? (
            <Empty
              icon={SquareTerminal}
              title={which === 'open' ? 'Nobody is logged in' : 'Nobody was logged in'}
            >
              Nodes tell who comes and goes; it is here at once.
            </Empty>
          ) : (
            <DataTable
              caption={which === 'open' ? 'Open sessions' : 'Ended sessions'}
              columns={columnsOf(cluster.name, which)}
              rows={rows}
              rowId={({ id }) => id}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
