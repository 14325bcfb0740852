'use client';

import type { Cluster } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { accessQuery } from '../../data/access-queries.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { PolicyDialog } from './policy-dialog.tsx';
import { toDuration } from './to-duration.ts';

export function PolicyPanel({ cluster }: { cluster: Cluster }) {
  const { data: session } = useQuery(sessionQuery);
  const query = useQuery(accessQuery(cluster.name));
  const [editing, setEditing] = useState(false);
  return (
    <Panel
      title="Rules"
      actions={
        may(session, 'access.write', cluster.id) &&
        query.data !== undefined && (
          <Button size="small" onClick={() => setEditing(true)}>
            Change
          </Button>
        )
      }
    >
      <Loaded query={query} what="the rules" rows={3}>
        {({ data: { policy } }) => (
          <Facts
            facts={[
              {
                term: 'Certificates',
                value: `${toDuration(policy.certificateSeconds.default)}, at most ${toDuration(policy.certificateSeconds.longest)}`,
              },
              { term: 'Grants', value: `at most ${toDuration(policy.grantSeconds)}` },
              {
                term: 'Sessions',
                value: policy.sessions === 'end-with-grant' ? 'end with their grant' : 'go on until logout',
              },
              { term: 'Reason', value: policy.reason },
              { term: 'Address to come from', value: policy.sourceAddresses },
              {
                term: 'A second person for',
                value: policy.approval.length === 0 ? 'nobody' : policy.approval.join(', '),
              },
              {
                term: 'Nodes without word',
                value: `go on for ${toDuration(policy.offlineSeconds)}, then take emergency certificates only`,
              },
            ]}
          />
        )}
      </Loaded>
      {editing && query.data !== undefined && (
        <PolicyDialog cluster={cluster.name} access={query.data} onClose={() => setEditing(false)} />
      )}
    </Panel>
  );
}
