'use client';

import { denySshGrant, endSshGrant, type Cluster, type SshGrant } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { ApproveDialog } from './approve-dialog.tsx';

type Open = 'approve' | 'deny' | 'end' | null;

/** What the session may do with a grant in its state; the rest is not shown. */
export function GrantActions({ cluster, grant }: { cluster: Cluster; grant: SshGrant }) {
  const { data: session } = useQuery(sessionQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const path = { cluster: cluster.name, grant: grant.id };
  const { user, principal, state } = grant;
  return (
    <span className="inline-flex gap-2">
      {state === 'waiting' && may(session, 'access.approve', cluster.id) && (
        <>
          <Button size="small" variant="primary" onClick={() => setOpen('approve')}>
            Approve
          </Button>
          <Button size="small" onClick={() => setOpen('deny')}>
            Deny
          </Button>
        </>
      )}
      {(state === 'waiting' || state === 'active') && may(session, 'access.revoke', cluster.id) && (
        <Button size="small" variant="danger" onClick={() => setOpen('end')}>
          End
        </Button>
      )}
      {open === 'approve' && <ApproveDialog cluster={cluster.name} grant={grant} onClose={close} />}
      <ReasonDialog
        open={open === 'deny'}
        onClose={close}
        title={`Deny ${user} as ${principal}`}
        description="Whoever asked reads the reason."
        action="Deny"
        run={(reason) => dataOf(denySshGrant({ client, path, body: { reason } }))}
      />
      <ReasonDialog
        open={open === 'end'}
        onClose={close}
        title={`End the grant of ${user} as ${principal}`}
        description="Its certificates are revoked, and nodes close its sessions as soon as they hear of it."
        action="End the grant"
        run={(reason) => dataOf(endSshGrant({ client, path, body: { reason } }))}
      />
    </span>
  );
}
