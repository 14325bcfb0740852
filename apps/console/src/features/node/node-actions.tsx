'use client';

import { attestNode, quarantineNode, releaseNode, revokeNode, type Node } from '@asterism/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { OutcomeBadge } from '../../components/domain/states.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { ReasonDialog } from '../../components/domain/reason-dialog.tsx';

interface NodeActionsProps {
  readonly cluster: string;
  readonly node: Node;
}

type Open = 'quarantine' | 'release' | 'revoke' | null;

/** What the session may do with the node in its state; the rest is not shown. */
export function NodeActions({ cluster, node }: NodeActionsProps) {
  const { data: session } = useQuery(sessionQuery);
  const [open, setOpen] = useState<Open>(null);
  const path = { cluster, node: node.id };
  const close = () => setOpen(null);
  if (node.state === 'revoked') return null;
  const quarantined = node.state === 'quarantined';
  return (
    <>
      {may(session, 'nodes.attest', node.clusterId) && node.connection !== null && (
        <AttestNow cluster={cluster} node={node} />
      )}
      {may(session, 'nodes.quarantine', node.clusterId) && (
        <Button onClick={() => setOpen(quarantined ? 'release' : 'quarantine')}>
          {quarantined ? 'Release' : 'Quarantine'}
        </Button>
      )}
      {may(session, 'nodes.revoke', node.clusterId) && (
        <Button variant="danger" onClick={() => setOpen('revoke')}>
          Revoke
        </Button>
      )}
      <ReasonDialog
        open={open === 'quarantine'}
        onClose={close}
        title={`Quarantine ${node.name}`}
        description="Its keys stop until it is released. What it already holds in memory stays there until it reboots."
        action="Quarantine"
        run={(reason) => dataOf(quarantineNode({ client, path, body: { reason } }))}
      />
      <ReasonDialog
        open={open === 'release'}
        onClose={close}
        title={`Release ${node.name}`}
        description="It has to prove itself again before it has any right: release is permission to try, not a verdict."
        action="Release"
        run={(reason) => dataOf(releaseNode({ client, path, body: { reason } }))}
      />
      <ReasonDialog
        open={open === 'revoke'}
        onClose={close}
        title={`Revoke ${node.name}`}
        description="For good: its rights end at once, and this machine can never enrol again, in any cluster."
        action="Revoke for good"
        confirm={node.name}
        run={(reason) => dataOf(revokeNode({ client, path, body: { reason, confirm: node.name } }))}
      />
    </>
  );
}

function AttestNow({ cluster, node }: NodeActionsProps) {
  const queryClient = useQueryClient();
  const attest = useMutation({
    mutationFn: () => dataOf(attestNode({ client, path: { cluster, node: node.id } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['nodes'] }),
  });
  return (
    <>
      {attest.data !== undefined && (
        <span role="status">
          <OutcomeBadge outcome={attest.data.outcome} status={attest.data.status} />
        </span>
      )}
      <Button busy={attest.isPending} onClick={() => attest.mutate()}>
        {!attest.isPending && <RefreshCw aria-hidden />}
        Attest now
      </Button>
      <Dialog
        open={attest.error !== null}
        onOpenChange={() => attest.reset()}
        title={`${node.name} was not attested`}
      >
        {attest.error !== null && <ProblemNotice error={attest.error} />}
        <DialogActions>
          <Button onClick={() => attest.reset()}>Close</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
