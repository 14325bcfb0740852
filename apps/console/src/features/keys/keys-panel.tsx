'use client';

import type { Cluster, KeyMetadata, KeyPurpose } from '@asterism/api-client';
import { DATA_KEY_PURPOSES } from '@asterism/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { KeyRound, Plus } from 'lucide-react';
import Link from 'next/link';
import { useMemo, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { keysQuery } from '../../data/key-queries.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { KeyStateBadge } from './badges.tsx';
import { DeclareDialog } from './declare-dialog.tsx';
import { Owner } from './owner.tsx';

const column = createColumnHelper<KeyMetadata>();

function columnsOf(cluster: string): ColumnDef<KeyMetadata>[] {
  return [
    column.accessor('purpose', {
      header: 'Purpose',
      cell: ({ getValue }) => <span className="whitespace-nowrap">{getValue()}</span>,
    }),
    column.accessor('id', {
      header: 'Key',
      cell: ({ row: { original } }) => <KeyLink cluster={cluster} metadata={original} />,
    }),
    column.accessor('version', {
      header: 'Version',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.accessor('state', {
      header: 'State',
      cell: ({ getValue }) => <KeyStateBadge state={getValue()} />,
    }),
    column.accessor('owner', {
      header: 'Owner',
      cell: ({ getValue }) => <Owner cluster={cluster} owner={getValue()} />,
    }),
    column.accessor('useCount', {
      header: 'Given out',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.accessor((key) => key.lastUsedAt ?? '', {
      id: 'lastUsed',
      header: 'Last',
      cell: ({ getValue }) =>
        getValue() === '' ? <span className="text-faint">never</span> : <RelativeTime at={getValue()} />,
    }),
    column.accessor((key) => key.provider ?? '', {
      id: 'provider',
      header: 'Wrapped by',
      cell: ({ getValue }) => getValue() || <span className="text-faint">derived</span>,
    }),
  ] as ColumnDef<KeyMetadata>[];
}

function KeyLink({ cluster, metadata: { purpose, id } }: { cluster: string; metadata: KeyMetadata }) {
  return (
    <Link
      href={`/clusters/${cluster}/keys/${purpose}/${id}`}
      className="font-mono text-xs font-semibold text-accent hover:underline"
    >
      {id}
    </Link>
  );
}

export function KeysPanel({ cluster }: { cluster: Cluster }) {
  const [purpose, setPurpose] = useState<KeyPurpose | null>(null);
  const [declaring, setDeclaring] = useState(false);
  const query = useInfiniteQuery(keysQuery(cluster.name, purpose));
  const { data: session } = useQuery(sessionQuery);
  const columns = useMemo(() => columnsOf(cluster.name), [cluster.name]);
  const keys = query.data?.pages.flatMap(({ items }) => items);
  return (
    <Panel
      title="Keys"
      flush
      actions={
        <>
          <PurposeFilter purpose={purpose} onChange={setPurpose} />
          {may(session, 'keys.write', cluster.id) && (
            <Button size="small" onClick={() => setDeclaring(true)}>
              <Plus aria-hidden />
              Declare a key
            </Button>
          )}
        </>
      }
    >
      <Loaded query={{ ...query, data: keys }} what="keys">
        {(rows: readonly KeyMetadata[]) =>
          rows.length === 0 ? (
            <Empty icon={KeyRound} title={purpose === null ? 'No keys yet' : `No ${purpose} keys`}>
              A key is made when its node enrols, when a member first asks for it, or when somebody declares
              it.
            </Empty>
          ) : (
            <DataTable
              caption="Keys"
              columns={columns}
              rows={rows}
              rowId={(key) => `${key.purpose}/${key.id}/${key.version}`}
            />
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
      <DeclareDialog open={declaring} onClose={() => setDeclaring(false)} cluster={cluster.name} />
    </Panel>
  );
}

interface PurposeFilterProps {
  readonly purpose: KeyPurpose | null;
  readonly onChange: (purpose: KeyPurpose | null) => void;
}

function PurposeFilter({ purpose, onChange }: PurposeFilterProps) {
  return (
    <select
      aria-label="Keys of purpose"
      value={purpose ?? ''}
      onChange={(event) => onChange(DATA_KEY_PURPOSES.find((each) => each === event.target.value) ?? null)}
      className="h-7 rounded-md border border-line-strong bg-canvas px-2 text-xs"
    >
      <option value="">Any purpose</option>
      {DATA_KEY_PURPOSES.map((each) => (
        <option key={each}>{each}</option>
      ))}
    </select>
  );
}
