'use client';

import { approveSshGrant, type SshGrant } from '@asterism/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { TextArea } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';

interface ApproveDialogProps {
  readonly cluster: string;
  readonly grant: SshGrant;
  readonly onClose: () => void;
}

export function ApproveDialog({ cluster, grant, onClose }: ApproveDialogProps) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  // What was shown when the dialog opened is what is approved, whatever a refresh says meanwhile.
  const [{ id, user, principal, fingerprint, node, pools, requesterName, reason: why }] = useState(grant);
  const approve = useMutation({
    mutationFn: () =>
      dataOf(
        approveSshGrant({
          client,
          path: { cluster, grant: id },
          body: { fingerprint, reason: reason.trim() },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    approve.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Let ${user} in as ${principal}`}
      description="A second person decides: whoever asked cannot, from no session of theirs."
    >
      <form onSubmit={submit}>
        <Facts
          facts={[
            { term: 'Where', value: node === null ? `pools ${pools.join(', ')}` : `node ${node.name}` },
            { term: 'Asked by', value: requesterName },
            { term: 'Why', value: why === '' ? <span className="text-faint">no reason given</span> : why },
            { term: 'Key', value: <code className="font-mono text-xs break-all">{fingerprint}</code> },
          ]}
        />
        <TextArea
          label="Reason"
          hint="Optional; kept in the audit log."
          value={reason}
          rows={2}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
        />
        {approve.error !== null && (
          <ProblemNotice className="mt-4" error={approve.error} title="Not approved" />
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={approve.isPending}>
            Approve this key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
