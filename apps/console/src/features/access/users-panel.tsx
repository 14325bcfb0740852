'use client';

import { removeAccessUser, type AccessUser, type Cluster } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { Plus, Users } from 'lucide-react';
import { useState } from 'react';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { accessQuery } from '../../data/access-queries.ts';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { UserDialog } from './user-dialog.tsx';

const column = createColumnHelper<AccessUser>();

interface Actions {
  readonly edit: ((user: AccessUser) => void) | null;
  readonly remove: ((user: AccessUser) => void) | null;
}

function columnsOf({ edit, remove }: Actions): ColumnDef<AccessUser>[] {
  return [
    column.accessor('name', {
      header: 'User',
      cell: ({ getValue, row: { original } }) => (
        <span>
          <span className="font-medium">{getValue()}</span>
          {original.comment !== '' && <span className="block text-xs text-muted">{original.comment}</span>}
        </span>
      ),
    }),
    column.accessor((user) => user.principals.join(', '), {
      id: 'principals',
      header: 'May be',
      cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    }),
    column.accessor((user) => (user.pools === 'all' ? 'all' : user.pools.join(', ')), {
      id: 'pools',
      header: 'Pools',
    }),
    column.accessor((user) => user.sudo.kind, {
      id: 'sudo',
      header: 'sudo',
      cell: ({ row: { original } }) => <Sudo rule={original.sudo} />,
    }),
    column.accessor((user) => user.publicKeys.length, {
      id: 'keys',
      header: 'Keys',
      cell: ({ getValue }) => <span className="tabular-nums">{getValue()}</span>,
    }),
    column.accessor((user) => user.expiresAt ?? '', {
      id: 'expires',
      header: 'Until',
      cell: ({ getValue }) =>
        getValue() === '' ? <span className="text-faint">no end</span> : <RelativeTime at={getValue()} />,
    }),
    column.display({
      id: 'actions',
      cell: ({ row: { original } }) => (
        <span className="inline-flex gap-2">
          {edit !== null && (
            <Button size="small" onClick={() => edit(original)}>
              Change
            </Button>
          )}
          {remove !== null && (
            <Button size="small" variant="danger" onClick={() => remove(original)}>
              Remove
            </Button>
          )}
        </span>
      ),
    }),
  ] as ColumnDef<AccessUser>[];
}

function Sudo({ rule }: { rule: AccessUser['sudo'] }) {
  if (rule.kind === 'none') return <span className="text-faint">none</span>;
  if (rule.kind === 'all') return <span className="font-medium text-warn">everything</span>;
  return <span title={rule.commands.join('\n')}>{rule.commands.length} commands</span>;
}

export function UsersPanel({ cluster }: { cluster: Cluster }) {
  const { data: session } = useQuery(sessionQuery);
  const query = useQuery(accessQuery(cluster.name));
  const [editing, setEditing] = useState<AccessUser | 'new' | null>(null);
  const [removing, setRemoving] = useState<AccessUser | null>(null);
  const mayWrite = may(session, 'access.write', cluster.id);
  const columns = columnsOf({
    edit: mayWrite ? setEditing : null,
    remove: may(session, 'access.revoke', cluster.id) ? setRemoving : null,
  });
  return (
    <Panel
      title="Declared users"
      flush
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setEditing('new')}>
            <Plus aria-hidden />
            Declare a user
          </Button>
        )
      }
    >
      <Loaded query={query} what="declared access">
        {({ data: { users } }) =>
          users.length === 0 ? (
            <Empty icon={Users} title="Nobody is declared">
              Nobody gets in. Declare users here, or with{' '}
              <code className="font-mono text-xs">asterism access apply -f access.yaml</code>.
            </Empty>
          ) : (
            <DataTable caption="Declared users" columns={columns} rows={users} rowId={({ name }) => name} />
          )
        }
      </Loaded>
      {editing !== null && query.data !== undefined && (
        <UserDialog
          cluster={cluster}
          user={editing === 'new' ? null : editing}
          access={query.data}
          onClose={() => setEditing(null)}
        />
      )}
      <ReasonDialog
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Remove ${removing?.name ?? ''}`}
        description="At once: grants end, certificates are revoked, sessions are closed, and the accounts on nodes go with their homes."
        action="Remove the user"
        run={(reason) =>
          dataOf(
            removeAccessUser({
              client,
              path: { cluster: cluster.name, user: removing?.name ?? '' },
              body: { reason },
            }),
          )
        }
      />
    </Panel>
  );
}
