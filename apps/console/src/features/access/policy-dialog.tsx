'use client';

import { applyAccess, type Access } from '@asterism/api-client';
import { accessPolicySchema, type AccessPolicy } from '@asterism/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { SelectField, TextField } from '../../components/ui/field.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { parseDuration, toShortDuration } from './to-duration.ts';

interface PolicyDialogProps {
  readonly cluster: string;
  readonly access: { readonly data: Access; readonly etag: string };
  readonly onClose: () => void;
}

const REQUIRED = [
  { value: 'required', label: 'required' },
  { value: 'optional', label: 'optional' },
];
const SESSIONS = [
  { value: 'end-with-grant', label: 'end with their grant' },
  { value: 'until-logout', label: 'go on until logout' },
];

function toDraft(policy: AccessPolicy) {
  const { certificateSeconds, grantSeconds, offlineSeconds, approval } = policy;
  return {
    usual: toShortDuration(certificateSeconds.default),
    longest: toShortDuration(certificateSeconds.longest),
    grant: toShortDuration(grantSeconds),
    offline: toShortDuration(offlineSeconds),
    approval: approval.join(' '),
    reason: policy.reason as string,
    sourceAddresses: policy.sourceAddresses as string,
    sessions: policy.sessions as string,
  };
}

export function PolicyDialog({ cluster, access: { data, etag }, onClose }: PolicyDialogProps) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => toDraft(data.policy));
  const parsed = accessPolicySchema.safeParse({
    ...data.policy,
    certificateSeconds: { default: parseDuration(draft.usual), longest: parseDuration(draft.longest) },
    grantSeconds: parseDuration(draft.grant),
    offlineSeconds: parseDuration(draft.offline),
    approval: draft.approval.split(/[\s,]+/).filter((name) => name !== ''),
    reason: draft.reason,
    sourceAddresses: draft.sourceAddresses,
    sessions: draft.sessions,
  });
  const apply = useMutation({
    mutationFn: (policy: AccessPolicy) =>
      dataOf(
        applyAccess({
          client,
          path: { cluster },
          headers: { 'If-Match': etag },
          body: { schema: 'asterism/access/v1', policy, users: data.users },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (parsed.success) apply.mutate(parsed.data);
  };
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) =>
      setDraft({ ...draft, [name]: target.value }),
  });
  const wrong = (...path: readonly string[]) =>
    parsed.error?.issues.find((issue) => issue.path.join('.') === path.join('.'))?.message;
  const time = (text: string, ...path: readonly string[]) =>
    parseDuration(text) === undefined ? 'like 90s, 15m, 8h or 2d' : wrong(...path);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Change the rules"
      description="For grants and certificates from now on."
    >
      <form onSubmit={submit}>
        <TextField
          label="A certificate lasts"
          error={time(draft.usual, 'certificateSeconds', 'default') ?? wrong('certificateSeconds')}
          {...field('usual')}
        />
        <TextField
          label="and at most"
          error={time(draft.longest, 'certificateSeconds', 'longest')}
          {...field('longest')}
        />
        <TextField
          label="A grant lasts at most"
          error={time(draft.grant, 'grantSeconds')}
          {...field('grant')}
        />
        <SelectField label="Sessions" choices={SESSIONS} {...field('sessions')} />
        <SelectField label="A reason is" choices={REQUIRED} {...field('reason')} />
        <SelectField label="An address to come from is" choices={REQUIRED} {...field('sourceAddresses')} />
        <TextField
          label="A second person approves"
          hint="Accounts, with blanks between."
          className="font-mono"
          error={parsed.error?.issues.find(({ path }) => path[0] === 'approval')?.message}
          {...field('approval')}
        />
        <TextField
          label="Nodes without word go on for"
          error={time(draft.offline, 'offlineSeconds')}
          {...field('offline')}
        />
        {apply.error !== null && (
          <ProblemNotice className="mt-4" error={apply.error} title="Nothing was changed" />
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={apply.isPending} disabled={!parsed.success}>
            Change the rules
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
