'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { TextArea, TextField } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

interface ReasonDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description: string;
  /** The button's word. */
  readonly action: string;
  /** A name to be typed again, where what is done cannot be undone. */
  readonly confirm?: string;
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

type FormProps = Pick<ReasonDialogProps, 'onClose' | 'action' | 'confirm' | 'run'>;

function ReasonForm({ onClose, action, confirm, run }: FormProps) {
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const change = useMutation({
    mutationFn: () => run(reason.trim()),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const complete = reason.trim() !== '' && (confirm === undefined || typed === confirm);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) change.mutate();
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
      {confirm !== undefined && (
        <TextField
          label={
            <>
              Type <code className="font-mono text-xs">{confirm}</code> to confirm
            </>
          }
          value={typed}
          className="font-mono"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      {change.error !== null && <ProblemNotice className="mt-4" error={change.error} title="Not done" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant={confirm === undefined ? 'primary' : 'destructive'}
          busy={change.isPending}
          disabled={!complete}
        >
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
