'use client';

import type { Enrolment } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { ClipboardCheck } from 'lucide-react';
import { useState } from 'react';
import { Page } from '../../components/shell/page.tsx';
import { cn } from '../../components/class-names.ts';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { may } from '../../data/permissions.ts';
import { clusterQuery, enrolmentsQuery, sessionQuery } from '../../data/queries.ts';
import { EnrolmentEntry } from './enrolment-entry.tsx';

const FILTERS = [
  { value: 'waiting', label: 'Waiting', empty: 'No machine waits' },
  { value: 'refused', label: 'Refused', empty: 'No machine was refused' },
  { value: 'all', label: 'All', empty: 'No machine has asked to enrol yet' },
] as const;
type Filter = (typeof FILTERS)[number];

export function Enrolments({ cluster }: { cluster: string }) {
  const [filter, setFilter] = useState<Filter>(FILTERS[0]);
  const query = useQuery(enrolmentsQuery(cluster, filter.value === 'all' ? undefined : filter.value));
  const { data: session } = useQuery(sessionQuery);
  const { data: loaded } = useQuery(clusterQuery(cluster));
  const mayDecide = may(session, 'enrolments.decide', loaded?.id);
  return (
    <Page
      title="Enrolments"
      subtitle="Machines that ask to become nodes, with the proof each brought."
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: cluster, href: `/clusters/${cluster}` },
      ]}
    >
      <Panel
        title="Machines"
        note={query.data && `${query.data.length}`}
        flush
        actions={<Filters chosen={filter} onChoose={setFilter} />}
      >
        <Loaded query={query} what="enrolments">
          {(enrolments: readonly Enrolment[]) =>
            enrolments.length === 0 ? (
              <Empty icon={ClipboardCheck} title={filter.empty} />
            ) : (
              <ul>
                {enrolments.map((enrolment) => (
                  <EnrolmentEntry
                    key={enrolment.id}
                    cluster={cluster}
                    enrolment={enrolment}
                    mayDecide={mayDecide}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

function Filters({ chosen, onChoose }: { chosen: Filter; onChoose: (filter: Filter) => void }) {
  return (
    <div role="group" aria-label="Show" className="flex rounded-md border border-line-strong p-0.5">
      {FILTERS.map((filter) => (
        <button
          key={filter.value}
          type="button"
          aria-pressed={filter === chosen}
          onClick={() => onChoose(filter)}
          className={cn(
            'rounded-sm px-2.5 py-0.5 text-xs font-medium',
            filter === chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:text-text',
          )}
        >
          {filter.label}
        </button>
      ))}
    </div>
  );
}
