'use client';

import { submitRecoveryShare } from '@asterism/api-client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { FileField } from '../../components/ui/file-field.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { SecretField, TextArea } from '../../components/ui/field.tsx';
import { client, dataOf } from '../../data/client.ts';
import { isEncrypted, openShare } from './open-share.ts';
import { toScopeText } from './scope-text.ts';

/** One person brings one share. His key opens it on this page; the API gets the share and never the key. */
export function SubmitShare() {
  const queryClient = useQueryClient();
  const [share, setShare] = useState('');
  const [identity, setIdentity] = useState('');
  const encrypted = isEncrypted(share);
  const submit = useMutation({
    mutationFn: async () =>
      dataOf(submitRecoveryShare({ client, body: { share: await openShare(share, identity) } })),
    // Neither outlives its use on this page, whatever comes of it; nothing of it is kept for a retry either.
    onSettled: () => {
      setIdentity('');
      return queryClient.invalidateQueries();
    },
    onSuccess: () => setShare(''),
    gcTime: 0,
  });
  const complete = share.trim() !== '' && (!encrypted || identity.trim() !== '');
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (complete) submit.mutate();
  };
  return (
    <Panel title="Submit a share" note="opened on this page; the key goes nowhere">
      <form onSubmit={onSubmit} className="max-w-2xl" autoComplete="off">
        <TextArea
          label="Share"
          value={share}
          rows={4}
          autoComplete="off"
          placeholder="-----BEGIN AGE ENCRYPTED FILE-----"
          className="font-mono text-xs"
          hint="The age file that was issued to you; or its plain text, if you have decrypted it elsewhere."
          onChange={(event) => setShare(event.target.value)}
        />
        <FileField label="or load the share’s file" onText={setShare} />
        {encrypted && (
          <>
            <SecretField
              label="Your age key"
              value={identity}
              placeholder="AGE-SECRET-KEY-1…"
              hint="Used here to open the share, and forgotten."
              onChange={(event) => setIdentity(event.target.value)}
            />
            <FileField label="or load the key’s file" onText={setIdentity} />
          </>
        )}
        {submit.error !== null && (
          <ProblemNotice
            className="mt-4"
            error={submit.error}
            title="This share was not taken; nothing was changed"
          />
        )}
        {submit.data !== undefined && (
          <Notice
            className="mt-4"
            kind="ok"
            title={
              submit.data.recovered
                ? `${capital(toScopeText(submit.data.set.scope))} is recovered`
                : `Taken: ${submit.data.received.length} of ${submit.data.set.threshold} shares are here`
            }
          />
        )}
        <div className="mt-4">
          <Button type="submit" variant="primary" busy={submit.isPending} disabled={!complete}>
            Submit share
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
