'use client';

import { acceptRollback, type Cluster, type StateDisk } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { HardDrive } from 'lucide-react';
import Link from 'next/link';
import { useMemo, useState } from 'react';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { client, dataOf } from '../../data/client.ts';
import { stateDisksQuery } from '../../data/key-queries.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { Owner } from './owner.tsx';
import { rollbackToAccept } from './rollback-to-accept.ts';

const column = createColumnHelper<StateDisk>();

function columnsOf(cluster: string, onAccept: ((disk: StateDisk) => void) | null): ColumnDef<StateDisk>[] {
  return [
    column.accessor('id', {
      header: 'Disk',
      cell: ({ getValue }) => (
        <Link
          href={`/clusters/${cluster}/keys/state-disk/${getValue()}`}
          className="font-mono text-xs font-semibold text-accent hover:underline"
        >
          {getValue()}
        </Link>
      ),
    }),
    column.accessor((disk) => disk.nodeId ?? '', {
      id: 'node',
      header: 'Machine of',
      cell: ({ getValue }) =>
        getValue() === '' ? (
          <span className="text-faint">no node yet</span>
        ) : (
          <Owner cluster={cluster} owner={`node:${getValue()}`} />
        ),
    }),
    column.accessor('keyVersion', {
      header: 'Key',
      cell: ({ row: { original } }) => (
        <span className="whitespace-nowrap">
          version {original.keyVersion}
          {original.nextKeyVersion !== null && (
            <span className="text-muted">, {original.nextKeyVersion} at its next boot</span>
          )}
        </span>
      ),
    }),
    column.accessor('epoch', {
      header: 'Epoch',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.accessor((disk) => disk.openedAt ?? '', {
      id: 'opened',
      header: 'Opened',
      cell: ({ getValue }) =>
        getValue() === '' ? <span className="text-faint">never</span> : <RelativeTime at={getValue()} />,
    }),
    column.display({
      id: 'fault',
      header: 'Fault',
      cell: ({ row: { original } }) => <Fault disk={original} onAccept={onAccept} />,
    }),
  ] as ColumnDef<StateDisk>[];
}

interface FaultProps {
  readonly disk: StateDisk;
  /** Null where the session may not. */
  readonly onAccept: ((disk: StateDisk) => void) | null;
}

function Fault({ disk, onAccept }: FaultProps) {
  const { fault, acceptedEpoch } = disk;
  if (fault === null) return <span className="text-faint">none</span>;
  return (
    <div className="flex flex-wrap items-center gap-2 py-1">
      <Badge tone={fault.code === 'state-disk-ahead' ? 'warn' : 'bad'}>{fault.code}</Badge>
      <span className="text-xs text-muted">
        {fault.detail}, <RelativeTime at={fault.at} />
      </span>
      {acceptedEpoch !== null && <Badge tone="info">epoch {acceptedEpoch} is accepted, once</Badge>}
      {onAccept !== null && rollbackToAccept(disk) !== null && (
        <Button size="small" variant="danger" onClick={() => onAccept(disk)}>
          Accept the older copy
        </Button>
      )}
    </div>
  );
}

export function StateDisksPanel({ cluster }: { cluster: Cluster }) {
  const query = useQuery(stateDisksQuery(cluster.name));
  const { data: session } = useQuery(sessionQuery);
  const [accepting, setAccepting] = useState<StateDisk | null>(null);
  const mayWrite = may(session, 'keys.write', cluster.id);
  const columns = useMemo(
    () => columnsOf(cluster.name, mayWrite ? setAccepting : null),
    [cluster.name, mayWrite],
  );
  const epoch = accepting === null ? null : rollbackToAccept(accepting);
  return (
    <Panel title="State disks" note={query.data && `${query.data.length}`} flush>
      <Loaded query={query} what="state disks" rows={3}>
        {(disks) =>
          disks.length === 0 ? (
            <Empty icon={HardDrive} title="No state disks yet">
              A machine’s disk is recorded with its node, when it first enrols.
            </Empty>
          ) : (
            <DataTable
              caption="State disks"
              columns={columns}
              rows={disks}
              rowId={({ id }) => id}
              sortedBy="id"
            />
          )
        }
      </Loaded>
      {accepting !== null && epoch !== null && (
        <ReasonDialog
          open
          onClose={() => setAccepting(null)}
          title={`Accept an older copy of ${accepting.id}`}
          description={`Its header shows epoch ${epoch}, the record says ${accepting.epoch}: what was written since is not on it. If it was not you who put it there, somebody else did. Its next boot opens it, once.`}
          action="Accept the older copy"
          confirm={accepting.id}
          run={(reason) =>
            dataOf(
              acceptRollback({
                client,
                path: { cluster: cluster.name, disk: accepting.id },
                body: { epoch, confirm: accepting.id, reason },
              }),
            )
          }
        />
      )}
    </Panel>
  );
}
