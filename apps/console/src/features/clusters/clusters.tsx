'use client';

import type { Cluster } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Boxes, Plus } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { NodeCounts } from '../../components/domain/node-counts.tsx';
import { ClusterStateBadge } from '../../components/domain/states.tsx';
import { Page } from '../../components/shell/page.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { may } from '../../data/permissions.ts';
import { clustersQuery, sessionQuery } from '../../data/queries.ts';
import { CreateClusterDialog } from './create-cluster-dialog.tsx';

const column = createColumnHelper<Cluster>();
const COLUMNS = [
  column.accessor('name', {
    header: 'Name',
    cell: ({ row: { original } }) => (
      <div className="py-1">
        <Link href={`/clusters/${original.name}`} className="font-semibold text-accent hover:underline">
          {original.name}
        </Link>
        {original.description !== '' && <p className="text-xs text-muted">{original.description}</p>}
      </div>
    ),
  }),
  column.accessor('state', {
    header: 'State',
    cell: ({ getValue }) => <ClusterStateBadge state={getValue()} />,
  }),
  column.display({
    id: 'nodes',
    header: 'Nodes',
    cell: ({ row }) => <NodeCounts counts={row.original.nodeCounts} />,
  }),
  column.accessor('createdAt', {
    header: 'Created',
    cell: ({ getValue }) => <RelativeTime at={getValue()} />,
  }),
] as ColumnDef<Cluster>[];

export function Clusters() {
  const clusters = useQuery(clustersQuery);
  const { data: session } = useQuery(sessionQuery);
  const [creating, setCreating] = useState(false);
  const create = may(session, 'clusters.create') && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      New cluster
    </Button>
  );
  return (
    <Page title="Clusters" actions={clusters.data?.length === 0 ? undefined : create}>
      <Panel title="All clusters" note={clusters.data && `${clusters.data.length}`} flush>
        <Loaded query={clusters} what="clusters">
          {(rows) =>
            rows.length === 0 ? (
              <Empty icon={Boxes} title="No clusters yet" action={create}>
                A cluster is a set of machines that may share keys once each has proved what it runs.
              </Empty>
            ) : (
              <DataTable
                caption="Clusters"
                columns={COLUMNS}
                rows={rows}
                rowId={({ id }) => id}
                sortedBy="name"
              />
            )
          }
        </Loaded>
      </Panel>
      <CreateClusterDialog open={creating} onOpenChange={setCreating} />
    </Page>
  );
}
