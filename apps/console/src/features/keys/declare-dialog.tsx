'use client';

import { declareKey, type KeyOwner } from '@asterism/api-client';
import { keyIdSchema, MEMBER_KEY_PURPOSES } from '@asterism/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { SelectField, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { nodesQuery, poolsQuery } from '../../data/queries.ts';

interface DeclareDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly cluster: string;
}

export function DeclareDialog({ open, onClose, cluster }: DeclareDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title="Declare a key"
      description="Of a volume or an object store, with whom it belongs to: nobody else gets it. Without this, the first member that asks makes it, for its pool."
    >
      <DeclareForm onClose={onClose} cluster={cluster} />
    </Dialog>
  );
}

const PURPOSES = MEMBER_KEY_PURPOSES.map((purpose) => ({ value: purpose, label: purpose }));

function DeclareForm({ onClose, cluster }: Omit<DeclareDialogProps, 'open'>) {
  const queryClient = useQueryClient();
  const router = useRouter();
  const { data: nodes = [] } = useQuery(nodesQuery(cluster));
  const { data: pools = [] } = useQuery(poolsQuery(cluster));
  const [purpose, setPurpose] = useState<(typeof MEMBER_KEY_PURPOSES)[number]>('volume');
  const [id, setId] = useState('');
  const [owner, setOwner] = useState('cluster');
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const declare = useMutation({
    mutationFn: () =>
      dataOf(
        declareKey({
          client,
          path: { cluster },
          headers: { 'Idempotency-Key': idempotencyKey },
          body: { purpose, id, owner: toOwner(owner) },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['keys'] });
      onClose();
      router.push(`/clusters/${cluster}/keys/${purpose}/${id}`);
    },
  });
  const checked = keyIdSchema.safeParse(id);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (checked.success) declare.mutate();
  };
  const owners = [
    { value: 'cluster', label: 'every member of the cluster' },
    ...pools.map(({ id: pool, name }) => ({ value: `pool:${pool}`, label: `the nodes of pool ${name}` })),
    ...nodes
      .filter(({ state }) => state !== 'revoked')
      .map(({ id: node, name }) => ({ value: `node:${node}`, label: `node ${name} alone` })),
  ];
  return (
    <form onSubmit={submit}>
      <SelectField
        label="Purpose"
        choices={PURPOSES}
        value={purpose}
        onChange={(event) =>
          setPurpose(MEMBER_KEY_PURPOSES.find((each) => each === event.target.value) ?? 'volume')
        }
      />
      <TextField
        label="Id"
        value={id}
        autoFocus
        placeholder="pvc-7f0e2a51"
        className="font-mono"
        error={id !== '' && !checked.success ? checked.error.issues[0]?.message : undefined}
        onChange={(event) => setId(event.target.value)}
      />
      <SelectField
        label="Owner"
        choices={owners}
        value={owner}
        onChange={(event) => setOwner(event.target.value)}
      />
      {declare.error !== null && (
        <ProblemNotice className="mt-4" error={declare.error} title="Not declared" />
      )}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={declare.isPending} disabled={!checked.success}>
          Declare key
        </Button>
      </DialogActions>
    </form>
  );
}

function toOwner(value: string): KeyOwner {
  const [kind, id = ''] = value.split(':');
  if (kind === 'node') return { kind, node: id };
  if (kind === 'pool') return { kind, pool: id };
  return { kind: 'cluster' };
}
