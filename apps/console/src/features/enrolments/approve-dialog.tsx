'use client';

import { approveEnrolment, type Enrolment } from '@asterism/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { TextArea } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';

interface ApproveDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly cluster: string;
  readonly enrolment: Enrolment;
}

export function ApproveDialog({ open, onClose, ...form }: ApproveDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={`Approve this machine for ${form.enrolment.poolName}`}
      description="The approval is for exactly this identity and is worth nothing to another machine."
    >
      <ApproveForm onClose={onClose} {...form} />
    </Dialog>
  );
}

function ApproveForm({ onClose, cluster, enrolment }: Omit<ApproveDialogProps, 'open'>) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  // S22: what was shown when the dialog opened is what is sent back, whatever a refresh says meanwhile.
  const [{ id, identity }] = useState(enrolment);
  const approve = useMutation({
    mutationFn: () =>
      dataOf(
        approveEnrolment({
          client,
          path: { cluster, enrolment: id },
          body: { identity, reason: reason.trim() },
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
    <form onSubmit={submit}>
      <p className="mb-1 font-medium">Machine identity</p>
      <code className="block rounded-md border bg-canvas px-2.5 py-1.5 font-mono text-xs break-all">
        {identity}
      </code>
      <p className="mt-1 mb-4 text-xs text-muted">
        SHA-256 of the TPM’s endorsement key. Compare it with what you know of the machine.
      </p>
      <TextArea
        label="Reason"
        hint="Optional; kept in the audit log."
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      {approve.error !== null && (
        <ProblemNotice className="mt-4" error={approve.error} title="Not approved" />
      )}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={approve.isPending}>
          Approve this identity
        </Button>
      </DialogActions>
    </form>
  );
}
