'use client';

import type { Cluster } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { Page } from '../../components/shell/page.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { kekProvidersQuery } from '../../data/key-queries.ts';
import { may } from '../../data/permissions.ts';
import { clusterQuery, sessionQuery } from '../../data/queries.ts';
import { RecoverySets } from '../recovery/recovery-sets.tsx';
import { ProviderStateBadge } from './badges.tsx';
import { KeysPanel } from './keys-panel.tsx';
import { RewrapsPanel } from './rewraps-panel.tsx';
import { StateDisksPanel } from './state-disks-panel.tsx';

export function ClusterKeysPage({ cluster: name }: { cluster: string }) {
  const query = useQuery(clusterQuery(name));
  const { data: session } = useQuery(sessionQuery);
  const cluster = query.data;
  return (
    <Page
      title="Keys"
      subtitle="Who has which key, and how often it was given out. No key is ever shown."
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: name, href: `/clusters/${name}` },
      ]}
    >
      <Panel title="Where they come from">
        <Loaded query={query} what="the cluster" rows={2}>
          {(loaded) => <Origin keys={loaded.keys} />}
        </Loaded>
      </Panel>
      {cluster !== undefined && (
        <>
          <KeysPanel cluster={cluster} />
          <StateDisksPanel cluster={cluster} />
          {cluster.keys.mode === 'external' && (
            <RewrapsPanel cluster={cluster} provider={cluster.keys.provider} />
          )}
          {may(session, 'recovery.read') && <RecoverySets scope={cluster} />}
        </>
      )}
    </Page>
  );
}

function Origin({ keys }: Pick<Cluster, 'keys'>) {
  const scheme =
    keys.scheme === 'constellation'
      ? 'constellation: taken over from a Constellation cluster, whose keys stay what they were'
      : 'asterism';
  if (keys.mode === 'managed') {
    return (
      <Facts
        facts={[
          { term: 'Mode', value: 'managed: derived from the cluster’s root, which is under the API’s KEK' },
          { term: 'Scheme', value: scheme },
        ]}
      />
    );
  }
  return (
    <Facts
      facts={[
        { term: 'Mode', value: 'external: random, each wrapped by a KEK of your provider' },
        { term: 'Provider', value: <Provider name={keys.provider} /> },
      ]}
    />
  );
}

function Provider({ name }: { name: string }) {
  const { data: providers } = useQuery(kekProvidersQuery);
  const provider = providers?.find((each) => each.name === name);
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <span className="font-medium">{name}</span>
      {provider !== undefined && (
        <>
          <code className="font-mono text-xs text-muted">{provider.kind}</code>
          <ProviderStateBadge state={provider.state} code={provider.code} />
        </>
      )}
      {providers !== undefined && provider === undefined && (
        <span className="text-bad">is not in the API’s configuration</span>
      )}
    </span>
  );
}
