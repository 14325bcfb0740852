'use client';

import type { Cluster, SshGrant } from '@asterism/api-client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Handshake } from 'lucide-react';
import { useMemo } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { grantsQuery } from '../../data/access-queries.ts';
import { GrantStateBadge } from './badges.tsx';
import { GrantActions } from './grant-actions.tsx';

const column = createColumnHelper<SshGrant>();

function columnsOf(cluster: Cluster): ColumnDef<SshGrant>[] {
  return [
    column.accessor('user', {
      header: 'Who',
      cell: ({ getValue }) => <span className="font-medium">{getValue()}</span>,
    }),
    column.accessor('principal', {
      header: 'As',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    }),
    column.accessor((grant) => grant.node?.name ?? grant.pools.join(', '), {
      id: 'where',
      header: 'Where',
      cell: ({ getValue, row: { original } }) => `${original.node === null ? 'pools ' : ''}${getValue()}`,
    }),
    column.accessor('state', {
      header: 'State',
      cell: ({ getValue }) => <GrantStateBadge state={getValue()} />,
    }),
    column.accessor('expiresAt', {
      header: 'Until',
      cell: ({ getValue, row: { original } }) => <RelativeTime at={original.endedAt ?? getValue()} />,
    }),
    column.accessor('reason', {
      header: 'Why',
      cell: ({ getValue, row: { original } }) => (
        <span className="break-words">
          {getValue()}
          <span className="block text-xs text-muted">{whoDecided(original)}</span>
        </span>
      ),
    }),
    column.accessor('openSessions', {
      header: 'Sessions',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.display({
      id: 'actions',
      cell: ({ row: { original } }) => <GrantActions cluster={cluster} grant={original} />,
    }),
  ] as ColumnDef<SshGrant>[];
}

function whoDecided({ requesterName, decidedBy, decisionReason, endReason }: SshGrant): string {
  const decided =
    decidedBy === null ? '' : `; decided by ${decidedBy}${decisionReason ? `: ${decisionReason}` : ''}`;
  return `asked by ${requesterName}${decided}${endReason === null ? '' : `; ${endReason}`}`;
}

/** What waits for somebody comes first. */
function inOrder(grants: readonly SshGrant[]): SshGrant[] {
  return [...grants].sort((a, b) => Number(b.state === 'waiting') - Number(a.state === 'waiting'));
}

export function GrantsPanel({ cluster }: { cluster: Cluster }) {
  const query = useInfiniteQuery(grantsQuery(cluster.name));
  const columns = useMemo(() => columnsOf(cluster), [cluster]);
  const grants = query.data?.pages.flatMap(({ items }) => items);
  return (
    <Panel title="Grants" flush>
      <Loaded query={{ ...query, data: grants }} what="the grants">
        {(rows: readonly SshGrant[]) =>
          rows.length === 0 ? (
            <Empty icon={Handshake} title="Nobody has asked yet">
              A declared user asks with <code className="font-mono text-xs">asterism ssh NODE</code>, or with
              “Get a certificate” here.
            </Empty>
          ) : (
            <DataTable caption="Grants" columns={columns} rows={inOrder(rows)} rowId={({ id }) => id} />
          )
        }
      </Loaded>
      {query.hasNextPage && (
        <div className="border-t px-4 py-2">
          <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </Panel>
  );
}
