'use client';

import { createSealSlot } from '@asterism/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { toSlotRequest } from './slot-request.ts';

interface AddSlotDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** Of a TPM, PCRs can be chosen. */
  readonly tpm: boolean;
}

export function AddSlotDialog({ open, onClose, tpm }: AddSlotDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title="Add a slot"
      description={
        tpm
          ? 'Before a planned update: seal to the values that PCRs will have after it, update, restart, then remove the old slot.'
          : 'Under the configured seal as it is now.'
      }
    >
      <AddSlotForm onClose={onClose} tpm={tpm} />
    </Dialog>
  );
}

function AddSlotForm({ onClose, tpm }: Pick<AddSlotDialogProps, 'onClose' | 'tpm'>) {
  const queryClient = useQueryClient();
  const [pcrs, setPcrs] = useState('');
  const [values, setValues] = useState('');
  const [comment, setComment] = useState('');
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const slot = toSlotRequest({ pcrs, values, comment });
  const add = useMutation({
    mutationFn: async () => {
      if (!slot.ok) return;
      const headers = { 'Idempotency-Key': idempotencyKey };
      await dataOf(createSealSlot({ client, headers, body: slot.request }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['seal'] });
      onClose();
    },
  });
  const complete = slot.ok && comment.trim() !== '';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) add.mutate();
  };
  return (
    <form onSubmit={submit}>
      {tpm && (
        <>
          <TextField
            label="PCRs"
            value={pcrs}
            placeholder="as configured"
            className="font-mono"
            hint="Numbers, such as 4, 7, 11."
            onChange={(event) => setPcrs(event.target.value)}
          />
          <TextArea
            label="Values after the update"
            value={values}
            placeholder="7=65caf8dd…"
            className="font-mono text-xs"
            hint="One PCR a line; those left out keep the value that they have now."
            onChange={(event) => setValues(event.target.value)}
          />
        </>
      )}
      <TextField
        label="Comment"
        value={comment}
        maxLength={500}
        placeholder="before the firmware update"
        onChange={(event) => setComment(event.target.value)}
      />
      {!slot.ok && <p className="mt-3 text-xs text-bad">{slot.reason}</p>}
      {add.error !== null && <ProblemNotice className="mt-4" error={add.error} title="Not added" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={add.isPending} disabled={!complete}>
          Add slot
        </Button>
      </DialogActions>
    </form>
  );
}
