'use client';

import { createCluster, type CreateClusterKeys } from '@asterism/api-client';
import { nameSchema } from '@asterism/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { SelectField, TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { kekProvidersQuery } from '../../data/key-queries.ts';

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
      description="Its root is made by the API, sealed, and never leaves it."
    >
      <CreateClusterForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

/** No name of a provider: they are DNS labels. */
const MANAGED = '';

function toKeys(provider: string): CreateClusterKeys {
  return provider === MANAGED ? { mode: 'managed' } : { mode: 'external', provider };
}

function CreateClusterForm({ onDone }: { onDone: () => void }) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [provider, setProvider] = useState(MANAGED);
  const { data: providers = [] } = useQuery(kekProvidersQuery);
  // One key for one form: a repeat after a lost answer does not make a second cluster.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: () =>
      dataOf(
        createCluster({
          client,
          headers: { 'Idempotency-Key': idempotencyKey },
          body: { name, description, kubernetesMode: 'none', keys: toKeys(provider) },
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
      <SelectField
        label="Keys"
        choices={[
          { value: MANAGED, label: 'managed: derived from the cluster’s root' },
          ...providers.map(({ name: each, kind }) => ({
            value: each,
            label: `external: wrapped by ${each} (${kind})`,
          })),
        ]}
        value={provider}
        hint={
          providers.length === 0
            ? 'The API’s configuration has no KEK provider to choose.'
            : 'Whose KEK opens what the cluster encrypts. The mode cannot be changed, the provider can.'
        }
        onChange={(event) => setProvider(event.target.value)}
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
