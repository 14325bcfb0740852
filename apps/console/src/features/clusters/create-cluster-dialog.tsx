'use client';

import { createCluster } from '@asterism/api-client';
import { nameSchema } from '@asterism/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';

interface CreateClusterDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function CreateClusterDialog({ open, onOpenChange }: CreateClusterDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New cluster"
      description="Its root key is made by the API, sealed, and never leaves it."
    >
      <CreateClusterForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function CreateClusterForm({ onDone }: { onDone: () => void }) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  // One key for one form: a repeat after a lost answer does not make a second cluster.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: () =>
      dataOf(
        createCluster({
          client,
          headers: { 'Idempotency-Key': idempotencyKey },
          body: { name, description, kubernetesMode: 'none' },
        }),
      ),
    onSuccess: async (cluster) => {
      await queryClient.invalidateQueries({ queryKey: ['clusters'] });
      onDone();
      router.push(`/clusters/${cluster.name}`);
    },
  });
  const checked = nameSchema.safeParse(name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (checked.success) create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label="Name"
        value={name}
        autoFocus
        placeholder="production"
        hint="A DNS label. It cannot be changed."
        error={name !== '' && !checked.success ? checked.error.issues[0]?.message : undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label="Description"
        value={description}
        maxLength={500}
        onChange={(event) => setDescription(event.target.value)}
      />
      {create.error !== null && <ProblemNotice className="mt-4" error={create.error} title="Not created" />}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={!checked.success}>
          Create cluster
        </Button>
      </DialogActions>
    </form>
  );
}
