'use client';

import type { Key, KeyMetadata, KeyPurpose } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Page } from '../../components/shell/page.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { keyQuery } from '../../data/key-queries.ts';
import { clusterQuery } from '../../data/queries.ts';
import { KeyStateBadge } from './badges.tsx';
import { RotateKey, VersionActions } from './key-actions.tsx';
import { Owner } from './owner.tsx';

interface KeyPageProps {
  readonly cluster: string;
  readonly purpose: KeyPurpose;
  readonly id: string;
}

export function KeyOverview({ cluster: name, purpose, id }: KeyPageProps) {
  const query = useQuery(keyQuery(name, purpose, id));
  const { data: cluster } = useQuery(clusterQuery(name));
  return (
    <Page
      title={<span className="font-mono">{id}</span>}
      subtitle={`${purpose} key`}
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: name, href: `/clusters/${name}` },
        { label: 'Keys', href: `/clusters/${name}/keys` },
      ]}
      actions={
        query.data !== undefined && cluster !== undefined && <RotateKey cluster={cluster} name={query.data} />
      }
    >
      <Panel title="Key">
        <Loaded query={query} what="the key" rows={2}>
          {({ owner, current }) => (
            <Facts
              facts={[
                { term: 'Owner', value: <Owner cluster={name} owner={owner} /> },
                {
                  term: 'Encrypts with',
                  value: current === null ? 'no version any more' : `version ${current}`,
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      {query.data !== undefined && cluster !== undefined && (
        <Panel title="Versions" note="newest first" flush>
          <ul>
            {query.data.versions.map((metadata) => (
              <VersionEntry
                key={metadata.version}
                metadata={metadata}
                current={query.data.current}
                actions={<VersionActions cluster={cluster} metadata={metadata} />}
              />
            ))}
          </ul>
        </Panel>
      )}
    </Page>
  );
}

interface VersionEntryProps {
  readonly metadata: KeyMetadata;
  readonly current: Key['current'];
  readonly actions: ReactNode;
}

function VersionEntry({ metadata, current, actions }: VersionEntryProps) {
  const { version, state, useCount, createdAt, lastUsedAt, provider } = metadata;
  return (
    <li
      data-version={version}
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2 last:border-b-0"
    >
      <div>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-semibold">Version {version}</span>
          <KeyStateBadge state={state} />
          {version === current && <span className="text-muted">encrypts</span>}
          <span className="text-muted">{provider === null ? 'derived' : `wrapped by ${provider}`}</span>
        </p>
        <p className="text-xs text-muted">
          made <RelativeTime at={createdAt} />, given out {useCount} {useCount === 1 ? 'time' : 'times'}
          {lastUsedAt !== null && (
            <>
              , last <RelativeTime at={lastUsedAt} />
            </>
          )}
        </p>
      </div>
      <div className="flex gap-1.5">{actions}</div>
    </li>
  );
}
