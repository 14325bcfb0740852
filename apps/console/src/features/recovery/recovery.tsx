'use client';

import { useQuery } from '@tanstack/react-query';
import { Page } from '../../components/shell/page.tsx';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { recoveryQuery } from '../../data/recovery-queries.ts';
import { RecoverySets } from './recovery-sets.tsx';
import { RecoveryStatusPanel } from './status-panel.tsx';
import { SubmitShare } from './submit-share.tsx';

export function Recovery() {
  const { data: session } = useQuery(sessionQuery);
  const { data: status } = useQuery(recoveryQuery);
  const closed = status !== undefined && (status.sealed || status.closedClusters.length > 0);
  return (
    <Page
      title="Recovery"
      subtitle="Shares that people keep give the API its keys back where no seal opens them, and a cluster its root."
    >
      <RecoveryStatusPanel />
      {closed && may(session, 'recovery.run') && <SubmitShare />}
      <RecoverySets scope={null} />
    </Page>
  );
}
