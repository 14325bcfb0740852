'use client';

import { createSshGrant, type SshGrant } from '@asterism/api-client';
import { principalSchema, sshPublicKeySchema } from '@asterism/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { SelectField, TextArea, TextField } from '../../components/ui/field.tsx';
import { FileField } from '../../components/ui/file-field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { nodeAccessQuery } from '../../data/access-queries.ts';
import { client, dataOf } from '../../data/client.ts';
import { CertificateView } from './certificate-view.tsx';
import { parseDuration } from './to-duration.ts';

interface CertificateDialogProps {
  readonly cluster: string;
  readonly onClose: () => void;
}

/** A grant, and then a certificate of it to take along. Nothing here is secret: it is worth nothing without the private key. */
export function CertificateDialog({ cluster, onClose }: CertificateDialogProps) {
  const [grant, setGrant] = useState<SshGrant | null>(null);
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title="Get a certificate"
      description="For a key that is declared for you. It goes beside your private key, which stays where it is."
    >
      {grant === null ? (
        <GrantForm cluster={cluster} onGrant={setGrant} onClose={onClose} />
      ) : (
        <CertificateView cluster={cluster} grantId={grant.id} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface GrantFormProps extends CertificateDialogProps {
  readonly onGrant: (grant: SshGrant) => void;
}

function GrantForm({ cluster, onGrant, onClose }: GrantFormProps) {
  const queryClient = useQueryClient();
  const { data: nodes = [] } = useQuery(nodeAccessQuery(cluster));
  const [publicKey, setPublicKey] = useState('');
  const [principal, setPrincipal] = useState('');
  const [node, setNode] = useState('');
  const [time, setTime] = useState('15m');
  const [reason, setReason] = useState('');
  // One key for one form: a repeat after a lost answer asks for no second grant.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const key = sshPublicKeySchema.safeParse(publicKey.trim());
  const account = principalSchema.safeParse(principal.trim());
  const seconds = parseDuration(time);
  const ask = useMutation({
    mutationFn: () =>
      dataOf(
        createSshGrant({
          client,
          path: { cluster },
          headers: { 'Idempotency-Key': idempotencyKey },
          body: {
            publicKey: publicKey.trim(),
            principal: principal.trim(),
            node: node === '' ? null : node,
            reason: reason.trim(),
            ...(seconds === undefined ? {} : { seconds }),
          },
        }),
      ),
    onSuccess: async (grant) => {
      onGrant(grant);
      await queryClient.invalidateQueries({ queryKey: ['access-grants'] });
    },
  });
  const complete = key.success && account.success && seconds !== undefined;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) ask.mutate();
  };
  const places = [
    { value: '', label: 'every node that I may use' },
    ...nodes.map(({ node: { name } }) => ({ value: name, label: `node ${name}` })),
  ];
  return (
    <form onSubmit={submit}>
      <TextArea
        label="Your public key"
        value={publicKey}
        rows={3}
        autoFocus
        className="font-mono text-xs"
        placeholder="ssh-ed25519 AAAA… alice@laptop"
        error={publicKey !== '' && !key.success ? key.error.issues[0]?.message : undefined}
        onChange={(event) => setPublicKey(event.target.value)}
      />
      <FileField label="or load its file" accept=".pub" onText={(text) => setPublicKey(text.trim())} />
      <TextField
        label="Log in as"
        value={principal}
        placeholder="deploy"
        className="font-mono"
        error={principal !== '' && !account.success ? account.error.issues[0]?.message : undefined}
        onChange={(event) => setPrincipal(event.target.value)}
      />
      <SelectField
        label="On"
        choices={places}
        value={node}
        onChange={(event) => setNode(event.target.value)}
      />
      <TextField
        label="For"
        value={time}
        className="w-24"
        error={seconds === undefined ? 'like 90s, 15m or 8h' : undefined}
        onChange={(event) => setTime(event.target.value)}
      />
      <TextField
        label="Reason"
        hint="Kept in the audit log and shown to others."
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      {ask.error !== null && <ProblemNotice className="mt-4" error={ask.error} title="Not granted" />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={ask.isPending} disabled={!complete}>
          Ask for it
        </Button>
      </DialogActions>
    </form>
  );
}
