'use client';

import type { RecoverySet } from '@asterism/api-client';
import type { Cluster } from '@asterism/contracts';
import { useQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { useState } from 'react';
import { cn } from '../../components/class-names.ts';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { healthQuery, recoverySetsQuery } from '../../data/recovery-queries.ts';
import { IssueDialog } from './issue-dialog.tsx';

interface RecoverySetsProps {
  /** Null for the API's KEK. */
  readonly scope: Pick<Cluster, 'id' | 'name'> | null;
}

/** Who has a share, and how many of them recover. */
export function RecoverySets({ scope }: RecoverySetsProps) {
  const sets = useQuery(recoverySetsQuery(scope?.name ?? null));
  const { data: session } = useQuery(sessionQuery);
  const { data: health } = useQuery(healthQuery);
  const [issuing, setIssuing] = useState(false);
  const active = sets.data?.some(({ state }) => state === 'active') ?? false;
  const mayIssue = scope === null ? may(session, 'recovery.issue') : may(session, 'recovery.issue', scope.id);
  const issue = mayIssue && sets.data !== undefined && (
    <Button size="small" disabled={health?.status === 'sealed'} onClick={() => setIssuing(true)}>
      {active ? 'Issue shares anew' : 'Issue shares'}
    </Button>
  );
  return (
    <Panel
      title={scope === null ? 'Recovery shares of the API' : 'Recovery shares'}
      flush
      actions={active ? issue : undefined}
    >
      <Loaded query={sets} what="recovery sets" rows={2}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={Users} title="No shares were issued" action={issue}>
              {scope === null
                ? 'If no seal opens any more, the keys of every cluster are lost.'
                : 'They give this cluster its root back even where the API’s own keys are lost for good.'}
            </Empty>
          ) : (
            <ul>
              {all.map((set) => (
                <SetEntry key={set.id} set={set} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <IssueDialog open={issuing} onClose={() => setIssuing(false)} scope={scope} again={active} />
    </Panel>
  );
}

function SetEntry({ set: { state, threshold, shares, createdBy, createdAt } }: { set: RecoverySet }) {
  return (
    <li className={cn('border-b px-4 py-3 last:border-b-0', state === 'superseded' && 'opacity-70')}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-semibold">
          {threshold} of {shares.length}
        </span>
        <Badge tone={state === 'active' ? 'ok' : 'neutral'}>{state}</Badge>
        <span className="text-xs text-muted">
          issued <RelativeTime at={createdAt} /> by <span className="font-mono">{createdBy}</span>
        </span>
      </p>
      <ul className="mt-1.5 grid gap-x-6 gap-y-1 sm:grid-cols-2 lg:grid-cols-3">
        {shares.map(({ index, name, recipient, lastUsedAt }) => (
          <li key={index} className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium">{name}</span>
            <Copyable value={recipient} ends={9} label={`${name}’s recipient`} />
            {lastUsedAt !== null && (
              <span className="text-xs text-muted">
                used <RelativeTime at={lastUsedAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </li>
  );
}
