'use client';

import { planAccess, putAccessUser, type Access, type AccessPlan } from '@asterism/api-client';
import type { AccessUser, Cluster } from '@asterism/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { SelectField, TextArea, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { PlanView } from './plan-view.tsx';
import { EMPTY_DRAFT, fromDraft, toDraft, type UserDraft } from './user-form.ts';

interface UserDialogProps {
  readonly cluster: Pick<Cluster, 'name'>;
  /** Null: a new one. */
  readonly user: AccessUser | null;
  readonly access: { readonly data: Access; readonly etag: string };
  readonly onClose: () => void;
}

const SUDO = [
  { value: 'none', label: 'nothing' },
  { value: 'commands', label: 'these commands' },
  { value: 'all', label: 'everything' },
];

/** First what would change, then the change itself, at the revision that was compared with. */
export function UserDialog({ cluster, user, access, onClose }: UserDialogProps) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<UserDraft>(user === null ? EMPTY_DRAFT : toDraft(user));
  const [plan, setPlan] = useState<AccessPlan | null>(null);
  const drafted = fromDraft(draft, user);
  const path = { cluster: cluster.name };
  const compare = useMutation({
    mutationFn: (wanted: AccessUser) => {
      const users = [...access.data.users.filter(({ name }) => name !== wanted.name), wanted];
      const { policy } = access.data;
      return dataOf(planAccess({ client, path, body: { schema: 'asterism/access/v1', policy, users } }));
    },
    onSuccess: setPlan,
  });
  const put = useMutation({
    mutationFn: (wanted: AccessUser) =>
      dataOf(
        putAccessUser({
          client,
          path: { ...path, user: wanted.name },
          headers: { 'If-Match': access.etag },
          body: wanted,
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const change = (part: Partial<UserDraft>) => {
    setDraft({ ...draft, ...part });
    setPlan(null);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (drafted.user === null) return;
    if (plan === null) compare.mutate(drafted.user);
    else put.mutate(drafted.user);
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={user === null ? 'Declare a user' : `Change ${user.name}`}
      description="A person, the keys that are theirs, and where they may log in. It lets nobody in by itself: a grant does."
    >
      <form onSubmit={submit}>
        <Fields draft={draft} errors={drafted.errors ?? {}} isNew={user === null} onChange={change} />
        {plan !== null && <PlanView plan={plan} />}
        {compare.error !== null && (
          <ProblemNotice className="mt-4" error={compare.error} title="Not possible" />
        )}
        {put.error !== null && (
          <ProblemNotice className="mt-4" error={put.error} title="Nothing was changed" />
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            busy={compare.isPending || put.isPending}
            disabled={drafted.user === null || plan?.changes.length === 0}
          >
            {plan === null ? 'Show what changes' : 'Declare it'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly draft: UserDraft;
  readonly errors: Readonly<Record<string, string>>;
  readonly isNew: boolean;
  readonly onChange: (part: Partial<UserDraft>) => void;
}

function Fields({ draft, errors, isNew, onChange }: FieldsProps) {
  const shown = (field: string, text: string) => (text === '' ? undefined : errors[field]);
  return (
    <>
      <TextField
        label="Name"
        hint="Also the name of the user’s own account on nodes."
        value={draft.name}
        disabled={!isNew}
        placeholder="alice"
        className="font-mono"
        error={shown('name', draft.name)}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <TextArea
        label="Public keys"
        hint="One OpenSSH public key a line."
        value={draft.publicKeys}
        className="font-mono text-xs"
        placeholder="ssh-ed25519 AAAA… alice@laptop"
        error={shown('publicKeys', draft.publicKeys)}
        onChange={(event) => onChange({ publicKeys: event.target.value })}
      />
      <TextField
        label="May be"
        hint="Accounts, with blanks between; empty: the user’s own alone."
        value={draft.principals}
        placeholder="alice deploy"
        className="font-mono"
        error={shown('principals', draft.principals)}
        onChange={(event) => onChange({ principals: event.target.value })}
      />
      <TextField
        label="In pools"
        hint="With blanks between; empty: all of them."
        value={draft.pools}
        error={shown('pools', draft.pools)}
        onChange={(event) => onChange({ pools: event.target.value })}
      />
      <SelectField
        label="May do by sudo"
        choices={SUDO}
        value={draft.sudo}
        onChange={(event) => onChange({ sudo: toSudoKind(event.target.value) })}
      />
      {draft.sudo === 'commands' && (
        <TextArea
          label="Commands"
          hint="One a line, with exactly these arguments; without arguments, any."
          value={draft.commands}
          className="font-mono text-xs"
          placeholder="/usr/bin/systemctl restart containerd"
          error={shown('sudo', draft.commands)}
          onChange={(event) => onChange({ commands: event.target.value })}
        />
      )}
      <TextField
        label="Last day"
        type="date"
        hint="Empty: until the user is removed."
        value={draft.expiresOn}
        className="w-44"
        error={shown('expiresAt', draft.expiresOn)}
        onChange={(event) => onChange({ expiresOn: event.target.value })}
      />
      <TextField
        label="Comment"
        value={draft.comment}
        maxLength={500}
        onChange={(event) => onChange({ comment: event.target.value })}
      />
    </>
  );
}

function toSudoKind(value: string): UserDraft['sudo'] {
  return value === 'all' || value === 'commands' ? value : 'none';
}
