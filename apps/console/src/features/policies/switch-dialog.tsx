'use client';

import {
  activatePolicy,
  dryRunPolicy,
  rollbackPolicy,
  type PolicyVersion,
  type Pool,
} from '@asterism/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { poolQuery } from '../../data/queries.ts';
import { DryRunSummary } from './dry-run-summary.tsx';

export interface PolicySwitch {
  readonly kind: 'activate' | 'rollback';
  readonly to: PolicyVersion;
}

interface SwitchDialogProps {
  readonly cluster: string;
  readonly pool: Pool;
  readonly intended: PolicySwitch;
  readonly onClose: () => void;
}

/** Shows what would become of each node, by its latest evidence, before another version decides. */
export function SwitchDialog({ cluster, pool, intended: { kind, to }, onClose }: SwitchDialogProps) {
  const queryClient = useQueryClient();
  const path = { cluster, pool: pool.name };
  const tagged = useQuery(poolQuery(cluster, pool.name));
  const dryRun = useQuery({
    queryKey: ['dry-run', cluster, pool.name, to.version],
    queryFn: () => dataOf(dryRunPolicy({ client, path, body: { document: to.document } })),
    staleTime: 0,
    gcTime: 0,
  });
  const change = useMutation({
    mutationFn: () => {
      const headers = { 'If-Match': tagged.data?.etag ?? '' };
      return kind === 'rollback'
        ? dataOf(rollbackPolicy({ client, path, headers }))
        : dataOf(activatePolicy({ client, path: { ...path, version: to.version }, headers }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
    onError: () => tagged.refetch(),
  });
  const lost = dryRun.data?.summary.wouldBeLost.length ?? 0;
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={kind === 'rollback' ? `Roll back to version ${to.version}` : `Activate version ${to.version}`}
      description={`It decides for ${pool.name} from then on, and every connected node is appraised again.`}
    >
      <Loaded query={dryRun} what="the dry run">
        {(result) => <DryRunSummary result={result} />}
      </Loaded>
      {change.error !== null && (
        <ProblemNotice className="mt-4" error={change.error} title="Nothing was changed" />
      )}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={lost > 0 ? 'destructive' : 'primary'}
          busy={change.isPending}
          disabled={dryRun.data === undefined || tagged.data === undefined}
          onClick={() => change.mutate()}
        >
          {lost > 0 ? `Go on and lose ${lost} ${lost === 1 ? 'node' : 'nodes'}` : 'Make it active'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
