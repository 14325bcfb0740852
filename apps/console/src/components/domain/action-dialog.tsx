'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

interface ActionDialogProps {
  readonly onClose: () => void;
  readonly title: string;
  readonly description: ReactNode;
  /** The button's word. */
  readonly action: string;
  readonly destructive?: boolean;
  readonly run: () => Promise<unknown>;
}

/** Says what will happen before it does. */
export function ActionDialog(props: ActionDialogProps) {
  const { onClose, title, description, action, destructive = false, run } = props;
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={title} description={description}>
      {change.error !== null && <ProblemNotice error={change.error} title="Not done" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={destructive ? 'destructive' : 'primary'}
          busy={change.isPending}
          onClick={() => change.mutate()}
        >
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
