'use client';

import { verifyAudit, type AuditVerification } from '@asterism/api-client';
import { useMutation } from '@tanstack/react-query';
import { Link2 } from 'lucide-react';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { client, dataOf } from '../../data/client.ts';

/** Has the API compute the chain again, and shows the signed head that proves it later. */
export function ChainVerification() {
  const verification = useMutation({ mutationFn: () => dataOf(verifyAudit({ client })) });
  return (
    <Panel
      title="Chain"
      actions={
        <Button size="small" busy={verification.isPending} onClick={() => verification.mutate()}>
          {!verification.isPending && <Link2 aria-hidden />}
          Verify chain
        </Button>
      }
    >
      {verification.error !== null && <ProblemNotice error={verification.error} title="Not verified" />}
      {verification.data !== undefined ? (
        <Result result={verification.data} />
      ) : (
        verification.error === null && (
          <p className="text-muted">
            The API computes every hash again and signs the last one. Keep a signed head elsewhere: it proves
            later that nothing up to it was cut off or rewritten.{' '}
            <code className="font-mono text-xs">asterism audit verify</code> does the same on your machine,
            from the records.
          </p>
        )
      )}
    </Panel>
  );
}

function Result({ result: { intact, records, brokenAt, reason, head } }: { result: AuditVerification }) {
  return (
    <>
      {intact ? (
        <Notice kind="ok" title={`The chain is whole: ${records} records`} />
      ) : (
        <Notice kind="bad" title={`The chain breaks at record ${brokenAt ?? 'unknown'}`}>
          {reason}
        </Notice>
      )}
      {head !== null && (
        <Facts
          className="mt-3"
          facts={[
            { term: 'Head', value: `record ${head.sequence}` },
            { term: 'Hash', value: <Copyable value={head.hash} label="the head’s hash" /> },
            { term: 'Signed', value: <RelativeTime at={head.signedAt} /> },
            {
              term: 'Signature',
              value: <Copyable value={head.signature} ends={24} label="the signed head" />,
            },
          ]}
        />
      )}
    </>
  );
}
