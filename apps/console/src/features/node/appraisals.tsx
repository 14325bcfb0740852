'use client';

import type { Appraisal } from '@asterism/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ClipboardList } from 'lucide-react';
import { useState } from 'react';
import { AppraisalDetails } from '../../components/domain/appraisal/appraisal-details.tsx';
import { OutcomeBadge } from '../../components/domain/states.tsx';
import { cn } from '../../components/class-names.ts';
import { Button } from '../../components/ui/button.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { appraisalsQuery } from '../../data/queries.ts';

interface AppraisalsProps {
  readonly cluster: string;
  readonly node: string;
  readonly nextAt: string | null;
}

/** The latest appraisal, or one of the history that was chosen, and the history below. */
export function Appraisals({ cluster, node, nextAt }: AppraisalsProps) {
  const query = useInfiniteQuery(appraisalsQuery(cluster, node));
  const [chosen, setChosen] = useState<string | null>(null);
  const all = query.data?.pages.flatMap(({ items }) => items as Appraisal[]);
  const shown = all?.find(({ id }) => id === chosen) ?? all?.[0];
  const isLatest = shown === all?.[0];
  return (
    <>
      <Panel
        title={isLatest ? 'Last appraisal' : 'Earlier appraisal'}
        note={shown && <Summary appraisal={shown} />}
        flush
        actions={
          isLatest ? (
            nextAt !== null && (
              <span className="text-xs text-muted">
                next <RelativeTime at={nextAt} />
              </span>
            )
          ) : (
            <Button size="small" onClick={() => setChosen(null)}>
              Back to the last
            </Button>
          )
        }
      >
        <Loaded query={{ ...query, data: all }} what="appraisals" rows={8}>
          {() =>
            shown === undefined ? (
              <Empty icon={ClipboardList} title="Not appraised yet" />
            ) : (
              <AppraisalDetails result={shown} />
            )
          }
        </Loaded>
      </Panel>
      {all !== undefined && all.length > 0 && (
        <Panel title="History" note="append-only" flush>
          <History appraisals={all} shown={shown?.id} onChoose={setChosen} />
          {query.hasNextPage && (
            <div className="border-t px-4 py-2">
              <Button size="small" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Load earlier ones
              </Button>
            </div>
          )}
        </Panel>
      )}
    </>
  );
}

function Summary({ appraisal }: { appraisal: Appraisal }) {
  return (
    <span className="inline-flex items-center gap-2">
      <OutcomeBadge outcome={appraisal.outcome} status={appraisal.status} />
      <RelativeTime at={appraisal.appraisedAt} />
    </span>
  );
}

interface HistoryProps {
  readonly appraisals: readonly Appraisal[];
  readonly shown: string | undefined;
  readonly onChoose: (id: string) => void;
}

const TRIGGERS: Readonly<Record<Appraisal['trigger'], string>> = {
  connection: 'connection',
  enrolment: 'enrolment',
  lock: 'lock',
  interval: 'interval',
  operator: 'asked by an operator',
  'policy-changed': 'policy changed',
  verification: 'verification',
};

function History({ appraisals, shown, onChoose }: HistoryProps) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <caption className="sr-only">Appraisals, newest first</caption>
        <thead>
          <tr className="border-b text-xs text-muted">
            {['When', 'Outcome', 'Why then', 'Policy', 'Findings', ''].map((heading) => (
              <th key={heading} scope="col" className="h-8 px-4 font-medium">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {appraisals.map((appraisal) => (
            <tr
              key={appraisal.id}
              className={cn(
                'border-b last:border-b-0 hover:bg-hover',
                appraisal.id === shown && 'bg-accent-soft/60',
              )}
            >
              <td className="h-8 px-4">
                <RelativeTime at={appraisal.appraisedAt} />
              </td>
              <td className="px-4">
                <OutcomeBadge outcome={appraisal.outcome} status={appraisal.status} />
              </td>
              <td className="px-4 text-muted">{TRIGGERS[appraisal.trigger]}</td>
              <td className="px-4 text-muted">version {appraisal.policyVersion}</td>
              <td className="px-4 font-mono text-xs">
                {appraisal.findings.map(({ claim }) => claim).join(', ')}
              </td>
              <td className="px-4 text-right">
                {appraisal.id !== shown && (
                  <Button variant="quiet" size="small" onClick={() => onChoose(appraisal.id)}>
                    Show
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
