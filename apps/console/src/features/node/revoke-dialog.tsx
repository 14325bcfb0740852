'use client';

import { revokeNode, type Node } from '@asterism/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';

interface RevokeDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly cluster: string;
  readonly node: Node;
}

export function RevokeDialog({ open, onClose, ...form }: RevokeDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={`Revoke ${form.node.name}`}
      description="For good: its rights end at once, and this machine can never enrol again, in any cluster."
    >
      <RevokeForm onClose={onClose} {...form} />
    </Dialog>
  );
}

function RevokeForm({ onClose, cluster, node }: Omit<RevokeDialogProps, 'open'>) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const revoke = useMutation({
    mutationFn: () =>
      dataOf(
        revokeNode({ client, path: { cluster, node: node.id }, body: { reason: reason.trim(), confirm } }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const complete = reason.trim() !== '' && confirm === node.name;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) revoke.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextArea
        label="Reason"
        value={reason}
        maxLength={500}
        autoFocus
        onChange={(event) => setReason(event.target.value)}
      />
      <TextField
        label={
          <>
            Type <code className="font-mono text-xs">{node.name}</code> to confirm
          </>
        }
        value={confirm}
        className="font-mono"
        onChange={(event) => setConfirm(event.target.value)}
      />
      {revoke.error !== null && <ProblemNotice className="mt-4" error={revoke.error} title="Not revoked" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="destructive" busy={revoke.isPending} disabled={!complete}>
          Revoke for good
        </Button>
      </DialogActions>
    </form>
  );
}
