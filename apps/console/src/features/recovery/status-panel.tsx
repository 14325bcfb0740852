'use client';

import { discardRecoveryShares, type RecoveryProgress, type RecoveryStatus } from '@asterism/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { recoveryQuery } from '../../data/recovery-queries.ts';
import { toScopeText } from './scope-text.ts';

/** What is closed, and the shares that are here already. */
export function RecoveryStatusPanel() {
  const query = useQuery(recoveryQuery);
  const { data: session } = useQuery(sessionQuery);
  const queryClient = useQueryClient();
  const discard = useMutation({
    mutationFn: () => dataOf(discardRecoveryShares({ client })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['recovery'] }),
  });
  const collecting = (query.data?.collecting.length ?? 0) > 0;
  return (
    <Panel
      title="Status"
      actions={
        collecting &&
        may(session, 'recovery.run') && (
          <Button size="small" busy={discard.isPending} onClick={() => discard.mutate()}>
            Forget the shares
          </Button>
        )
      }
    >
      {discard.error !== null && (
        <ProblemNotice className="mb-3" error={discard.error} title="Not forgotten" />
      )}
      <Loaded query={query} what="the state of recovery" rows={2}>
        {(status) => <Facts facts={factsOf(status)} />}
      </Loaded>
    </Panel>
  );
}

function factsOf({ sealed, closedClusters, collecting, expiresAt }: RecoveryStatus) {
  return [
    {
      term: 'Keys of the API',
      value: sealed ? <Badge tone="bad">sealed</Badge> : <Badge tone="ok">open</Badge>,
    },
    {
      term: 'Closed clusters',
      value: sealed
        ? 'all of them, until the API has its keys'
        : closedClusters.length === 0
          ? 'none'
          : closedClusters.map(({ id, name }) => (
              <Link
                key={id}
                href={`/clusters/${name}`}
                className="mr-3 font-medium text-accent hover:underline"
              >
                {name}
              </Link>
            )),
    },
    ...collecting.map((progress) => ({
      term: `Shares of ${toScopeText(progress.set.scope)}`,
      value: <Collecting progress={progress} />,
    })),
    ...(expiresAt === null ? [] : [{ term: 'Forgotten', value: <RelativeTime at={expiresAt} /> }]),
  ];
}

function Collecting({ progress: { set, received } }: { progress: RecoveryProgress }) {
  const names = received.map(({ index, name }) => `${name} (share ${index})`).join(', ');
  return (
    <div>
      <div className="flex items-center gap-2.5">
        <progress
          className="h-1.5 w-40 accent-accent"
          max={set.threshold}
          value={received.length}
          aria-label={`shares of ${toScopeText(set.scope)}`}
        />
        <span className="tabular-nums">
          {received.length} of {set.threshold}
        </span>
      </div>
      <p className="text-xs text-muted">{names}</p>
    </div>
  );
}
