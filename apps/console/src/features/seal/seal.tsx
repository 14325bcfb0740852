'use client';

import { unseal, type SealStatus } from '@asterism/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Unlock } from 'lucide-react';
import { Page } from '../../components/shell/page.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { sealQuery } from '../../data/recovery-queries.ts';
import { SealSlots } from './seal-slots.tsx';

const CONFIGURED: Readonly<Record<SealStatus['configured'], string>> = {
  tpm: 'the TPM of the API’s machine',
  kek: 'a KEK provider',
  'key-file': 'a key file: for developers, whoever reads it and the database reads every key',
};

export function SealOverview() {
  const query = useQuery(sealQuery);
  const { data: session } = useQuery(sessionQuery);
  return (
    <Page
      title="Seal"
      subtitle="The API’s KEK lives in its memory. At rest it is sealed, once in each slot: any slot that opens, opens."
      actions={query.data?.sealed === true && may(session, 'recovery.run') && <UnsealNow />}
    >
      <Panel title="State">
        <Loaded query={query} what="the seal" rows={2}>
          {({ sealed, reason, configured }) => (
            <Facts
              facts={[
                {
                  term: 'Keys of the API',
                  value: sealed ? <Badge tone="bad">sealed</Badge> : <Badge tone="ok">open</Badge>,
                },
                ...(reason === null
                  ? []
                  : [{ term: 'Last attempt', value: <code className="font-mono text-xs">{reason}</code> }]),
                { term: 'Configured seal', value: CONFIGURED[configured] },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      {query.data !== undefined && <SealSlots status={query.data} />}
    </Page>
  );
}

function UnsealNow() {
  const queryClient = useQueryClient();
  const attempt = useMutation({
    mutationFn: () => dataOf(unseal({ client })),
    onSettled: () => queryClient.invalidateQueries(),
  });
  return (
    <>
      {attempt.error !== null && <ProblemNotice error={attempt.error} title="Not tried" />}
      {attempt.data?.sealed === true && (
        <span role="status" className="text-muted">
          Still sealed: <code className="font-mono text-xs">{attempt.data.reason ?? 'no slot opens'}</code>
        </span>
      )}
      <Button variant="primary" busy={attempt.isPending} onClick={() => attempt.mutate()}>
        {!attempt.isPending && <Unlock aria-hidden />}
        Unseal now
      </Button>
    </>
  );
}
