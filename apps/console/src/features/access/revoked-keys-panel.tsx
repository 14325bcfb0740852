'use client';

import { revokeSshKey, type Cluster, type RevokedSshKey } from '@asterism/api-client';
import { sshFingerprintSchema } from '@asterism/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createColumnHelper, type ColumnDef } from '@tanstack/react-table';
import { KeyRound } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { revokedKeysQuery } from '../../data/access-queries.ts';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';

const column = createColumnHelper<RevokedSshKey>();
const COLUMNS = [
  column.accessor('fingerprint', {
    header: 'Fingerprint',
    cell: ({ getValue }) => <code className="font-mono text-xs break-all">{getValue()}</code>,
  }),
  column.accessor('reason', { header: 'Why' }),
  column.accessor('revokedAt', { header: 'When', cell: ({ getValue }) => <RelativeTime at={getValue()} /> }),
] as ColumnDef<RevokedSshKey>[];

export function RevokedKeysPanel({ cluster }: { cluster: Cluster }) {
  const { data: session } = useQuery(sessionQuery);
  const query = useQuery(revokedKeysQuery(cluster.name));
  const [revoking, setRevoking] = useState(false);
  return (
    <Panel
      title="Revoked keys"
      note="a lost laptop: nobody logs in with it any more"
      flush
      actions={
        may(session, 'access.revoke', cluster.id) && (
          <Button size="small" variant="danger" onClick={() => setRevoking(true)}>
            Revoke a key
          </Button>
        )
      }
    >
      <Loaded query={query} what="revoked keys" rows={1}>
        {(rows: readonly RevokedSshKey[]) =>
          rows.length === 0 ? (
            <Empty icon={KeyRound} title="No key is revoked">
              Ending a grant revokes its certificates; this is for keys themselves.
            </Empty>
          ) : (
            <DataTable
              caption="Revoked keys"
              columns={COLUMNS}
              rows={rows}
              rowId={({ fingerprint }) => fingerprint}
            />
          )
        }
      </Loaded>
      {revoking && <RevokeKeyDialog cluster={cluster.name} onClose={() => setRevoking(false)} />}
    </Panel>
  );
}

function RevokeKeyDialog({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const queryClient = useQueryClient();
  const [fingerprint, setFingerprint] = useState('');
  const [reason, setReason] = useState('');
  const checked = sshFingerprintSchema.safeParse(fingerprint.trim());
  const revoke = useMutation({
    mutationFn: (key: string) =>
      dataOf(revokeSshKey({ client, path: { cluster }, body: { fingerprint: key, reason: reason.trim() } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (checked.success) revoke.mutate(checked.data);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Revoke a key"
      description="For ever, whoever declares it. Grants of it end."
    >
      <form onSubmit={submit}>
        <TextField
          label="Fingerprint"
          hint="As ssh-keygen -l shows it."
          value={fingerprint}
          autoFocus
          placeholder="SHA256:…"
          className="font-mono text-xs"
          error={fingerprint !== '' && !checked.success ? checked.error.issues[0]?.message : undefined}
          onChange={(event) => setFingerprint(event.target.value)}
        />
        <TextArea
          label="Reason"
          hint="Kept in the audit log and shown to others."
          value={reason}
          rows={2}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
        />
        {revoke.error !== null && <ProblemNotice className="mt-4" error={revoke.error} title="Not revoked" />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="destructive"
            busy={revoke.isPending}
            disabled={!checked.success || reason.trim() === ''}
          >
            Revoke the key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
