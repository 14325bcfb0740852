'use client';

import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Page } from '../../components/shell/page.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { may } from '../../data/permissions.ts';
import { clusterQuery, sessionQuery } from '../../data/queries.ts';
import { AuthoritiesPanel } from './authorities-panel.tsx';
import { CertificateDialog } from './certificate-dialog.tsx';
import { GrantsPanel } from './grants-panel.tsx';
import { NodesPanel } from './nodes-panel.tsx';
import { PolicyPanel } from './policy-panel.tsx';
import { RevokedKeysPanel } from './revoked-keys-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';
import { UsersPanel } from './users-panel.tsx';

export function ClusterAccessPage({ cluster: name }: { cluster: string }) {
  const query = useQuery(clusterQuery(name));
  const { data: session } = useQuery(sessionQuery);
  const [asking, setAsking] = useState(false);
  const cluster = query.data;
  return (
    <Page
      title="Access"
      subtitle="Who may log in to nodes by SSH, who was let in and why, and who is there now."
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: name, href: `/clusters/${name}` },
      ]}
      actions={
        may(session, 'access.request', cluster?.id) && (
          <Button variant="primary" onClick={() => setAsking(true)}>
            <KeyRound aria-hidden />
            Get a certificate
          </Button>
        )
      }
    >
      <Loaded query={query} what="the cluster" rows={2}>
        {(loaded) => (
          <>
            <SessionsPanel cluster={loaded} />
            <GrantsPanel cluster={loaded} />
            <UsersPanel cluster={loaded} />
            <PolicyPanel cluster={loaded} />
            <NodesPanel cluster={loaded} />
            <AuthoritiesPanel cluster={loaded} />
            <RevokedKeysPanel cluster={loaded} />
            {asking && <CertificateDialog cluster={loaded.name} onClose={() => setAsking(false)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
