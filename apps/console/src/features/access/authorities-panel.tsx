'use client';

import {
  revokeSshAuthority,
  rotateSshAuthority,
  type Cluster,
  type SshAuthority,
} from '@asterism/api-client';
import { SSH_AUTHORITY_KINDS } from '@asterism/contracts';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { ActionDialog } from '../../components/domain/action-dialog.tsx';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { authoritiesQuery } from '../../data/access-queries.ts';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { AuthorityStateBadge } from './badges.tsx';

const column = createColumnHelper<SshAuthority>();

function columnsOf(revoke: ((authority: SshAuthority) => void) | null): ColumnDef<SshAuthority>[] {
  return [
    column.accessor('kind', { header: 'Authority' }),
    column.accessor('version', {
      header: 'Version',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.accessor('state', {
      header: 'State',
      cell: ({ getValue }) => <AuthorityStateBadge state={getValue()} />,
    }),
    column.accessor('fingerprint', {
      header: 'Fingerprint',
      cell: ({ getValue, row: { original } }) => (
        <Copyable value={getValue()} label={`the fingerprint of ${original.kind} ${original.version}`} />
      ),
    }),
    column.accessor('signsFrom', {
      header: 'Signs from',
      cell: ({ getValue }) => <RelativeTime at={getValue()} />,
    }),
    column.display({
      id: 'actions',
      cell: ({ row: { original } }) =>
        revoke !== null &&
        original.state !== 'revoked' && (
          <Button size="small" variant="danger" onClick={() => revoke(original)}>
            Revoke
          </Button>
        ),
    }),
  ] as ColumnDef<SshAuthority>[];
}

export function AuthoritiesPanel({ cluster }: { cluster: Cluster }) {
  const { data: session } = useQuery(sessionQuery);
  const query = useQuery(authoritiesQuery(cluster.name));
  const [rotating, setRotating] = useState<SshAuthority['kind'] | null>(null);
  const [revoking, setRevoking] = useState<SshAuthority | null>(null);
  const mayChange = may(session, 'access.authority', cluster.id);
  const path = { cluster: cluster.name };
  return (
    <Panel
      title="Authorities"
      note="derived from the cluster’s root, kept nowhere"
      flush
      actions={
        mayChange &&
        SSH_AUTHORITY_KINDS.map((kind) => (
          <Button key={kind} size="small" onClick={() => setRotating(kind)}>
            Rotate {kind}
          </Button>
        ))
      }
    >
      <Loaded query={query} what="the authorities">
        {(rows: readonly SshAuthority[]) => (
          <DataTable
            caption="Authorities"
            columns={columnsOf(mayChange ? setRevoking : null)}
            rows={rows}
            rowId={({ kind, version }) => `${kind} ${version}`}
          />
        )}
      </Loaded>
      {rotating !== null && (
        <ActionDialog
          onClose={() => setRotating(null)}
          title={`Rotate the ${rotating} authority`}
          description={
            rotating === 'emergency'
              ? 'Emergency kits that were saved before are of no use any more: save a new one afterwards.'
              : 'The next version is trusted at once and signs after a minute. What the one before has signed stays good.'
          }
          action="Make the next version"
          run={() => dataOf(rotateSshAuthority({ client, path: { ...path, kind: rotating } }))}
        />
      )}
      <ReasonDialog
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke ${revoking?.kind ?? ''} authority ${revoking?.version ?? ''}`}
        description="Whatever it signed is refused by every node that hears of it, and open sessions end. Where it was the one that signs, a new one does at once."
        action="Revoke it"
        confirm={revoking?.fingerprint ?? ''}
        run={(reason) =>
          dataOf(
            revokeSshAuthority({
              client,
              path: { ...path, kind: revoking?.kind ?? 'user', version: revoking?.version ?? 0 },
              body: { confirm: revoking?.fingerprint ?? '', reason },
            }),
          )
        }
      />
    </Panel>
  );
}
