'use client';

import type { AuditRecord } from '@asterism/api-client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { ScrollText } from 'lucide-react';
import { Page } from '../../components/shell/page.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { may } from '../../data/permissions.ts';
import { auditQuery, sessionQuery } from '../../data/queries.ts';
import { ChainVerification } from './chain-verification.tsx';

const column = createColumnHelper<AuditRecord>();
const COLUMNS = [
  column.accessor('sequence', {
    header: 'No.',
    enableSorting: false,
    cell: ({ getValue }) => <span className="font-mono text-xs tabular-nums">{getValue()}</span>,
  }),
  column.accessor('at', {
    header: 'When',
    enableSorting: false,
    cell: ({ getValue }) => <RelativeTime at={getValue()} />,
  }),
  column.accessor('action', {
    header: 'Action',
    enableSorting: false,
    cell: ({ getValue }) => <span className="font-medium whitespace-nowrap">{getValue()}</span>,
  }),
  column.accessor('actor', {
    header: 'Who',
    enableSorting: false,
    cell: ({ getValue }) => <Reference text={getValue()} />,
  }),
  column.accessor('target', {
    header: 'What',
    enableSorting: false,
    cell: ({ getValue }) => <Reference text={getValue()} />,
  }),
  column.display({
    id: 'details',
    header: 'Details',
    cell: ({ row: { original } }) => <Details record={original} />,
  }),
] as ColumnDef<AuditRecord>[];

/** `node:0197a3c2-…`: kind, and the id by its ends. */
function Reference({ text }: { text: string }) {
  const [kind = '', id = ''] = text.split(/:(.*)/s);
  return (
    <span className="font-mono text-xs whitespace-nowrap" title={text}>
      {kind}
      {id !== '' && (
        <span className="text-muted">:{id.length > 17 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id}</span>
      )}
    </span>
  );
}

function Details({ record: { details, hash, previous } }: { record: AuditRecord }) {
  const text = Object.entries(details)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
  return (
    <details>
      <summary className="max-w-80 truncate text-xs text-muted">{text === '' ? 'chain' : text}</summary>
      <pre className="mt-1 max-w-96 overflow-auto rounded-md border bg-canvas p-2 font-mono text-2xs">
        {JSON.stringify({ details, hash, previous }, null, 2)}
      </pre>
    </details>
  );
}

export function Audit() {
  const query = useInfiniteQuery(auditQuery);
  const { data: session } = useQuery(sessionQuery);
  const records = query.data?.pages.flatMap(({ items }) => items);
  return (
    <Page title="Audit" subtitle="Every change, in a chain of hashes: an edit or a hole breaks it.">
      {may(session, 'audit.read') && <ChainVerification />}
      <Panel title="Records" note="newest first" flush>
        <Loaded query={{ ...query, data: records }} what="audit records" rows={8}>
          {(rows: readonly AuditRecord[]) =>
            rows.length === 0 ? (
              <Empty icon={ScrollText} title="No records yet" />
            ) : (
              <DataTable
                caption="Audit records"
                columns={COLUMNS}
                rows={rows}
                rowId={({ sequence }) => String(sequence)}
              />
            )
          }
        </Loaded>
        {query.hasNextPage && (
          <div className="border-t px-4 py-2">
            <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Load earlier ones
            </Button>
          </div>
        )}
      </Panel>
    </Page>
  );
}
