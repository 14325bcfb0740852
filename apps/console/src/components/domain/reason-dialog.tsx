'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { TextArea } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

interface ReasonDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description: string;
  /** The button's word. */
  readonly action: string;
  readonly run: (reason: string) => Promise<unknown>;
}

/** Asks for the reason that the audit log keeps. */
export function ReasonDialog({ open, onClose, title, description, ...form }: ReasonDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onClose} title={title} description={description}>
      <ReasonForm onClose={onClose} {...form} />
    </Dialog>
  );
}

function ReasonForm({ onClose, action, run }: Pick<ReasonDialogProps, 'onClose' | 'action' | 'run'>) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const change = useMutation({
    mutationFn: () => run(reason.trim()),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (reason.trim() !== '') change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextArea
        label="Reason"
        hint="Kept in the audit log and shown to others."
        value={reason}
        maxLength={500}
        autoFocus
        onChange={(event) => setReason(event.target.value)}
      />
      {change.error !== null && <ProblemNotice className="mt-4" error={change.error} title="Not done" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={reason.trim() === ''}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
