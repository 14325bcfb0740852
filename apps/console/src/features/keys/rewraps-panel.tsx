'use client';

import { cancelRewrap, createRewrap, type Cluster, type Rewrap } from '@asterism/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { RefreshCcw } from 'lucide-react';
import { useState, type SubmitEvent } from 'react';
import { ActionDialog } from '../../components/domain/action-dialog.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions } from '../../components/ui/dialog.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { SelectField } from '../../components/ui/field.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { client, dataOf } from '../../data/client.ts';
import { kekProvidersQuery, rewrapsQuery } from '../../data/key-queries.ts';
import { may } from '../../data/permissions.ts';
import { sessionQuery } from '../../data/queries.ts';
import { RewrapStateBadge } from './badges.tsx';

interface RewrapsPanelProps {
  readonly cluster: Cluster;
  /** That wraps new keys now. */
  readonly provider: string;
}

const isUnderWay = ({ state }: Rewrap) => state === 'running' || state === 'waiting';

/** Every data key under another KEK, while the cluster runs. */
export function RewrapsPanel({ cluster, provider }: RewrapsPanelProps) {
  const query = useQuery(rewrapsQuery(cluster.name));
  const { data: session } = useQuery(sessionQuery);
  const [starting, setStarting] = useState(false);
  const [cancelling, setCancelling] = useState<Rewrap | null>(null);
  const mayWrite = may(session, 'keys.write', cluster.id);
  const start = mayWrite && query.data?.some(isUnderWay) === false && (
    <Button size="small" onClick={() => setStarting(true)}>
      <RefreshCcw aria-hidden />
      Wrap all keys anew
    </Button>
  );
  return (
    <Panel title="Rewraps" flush actions={start}>
      <Loaded query={query} what="rewraps" rows={2}>
        {(rewraps) =>
          rewraps.length === 0 ? (
            <Empty icon={RefreshCcw} title="No key was wrapped anew yet">
              After a rotation of the KEK, or to move to another provider. The cluster keeps running.
            </Empty>
          ) : (
            <ul>
              {rewraps.map((rewrap) => (
                <RewrapEntry
                  key={rewrap.id}
                  rewrap={rewrap}
                  onCancel={mayWrite && isUnderWay(rewrap) ? () => setCancelling(rewrap) : null}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {starting && (
        <StartDialog cluster={cluster.name} provider={provider} onClose={() => setStarting(false)} />
      )}
      {cancelling !== null && (
        <ActionDialog
          onClose={() => setCancelling(null)}
          title="Stop wrapping keys anew"
          description="Keys that were wrapped anew stay so: both providers are needed until another rewrap is done."
          action="Stop it"
          destructive
          run={() => dataOf(cancelRewrap({ client, path: { cluster: cluster.name, rewrap: cancelling.id } }))}
        />
      )}
    </Panel>
  );
}

interface RewrapEntryProps {
  readonly rewrap: Rewrap;
  /** Null where it has ended, or the session may not. */
  readonly onCancel: (() => void) | null;
}

function RewrapEntry({ rewrap, onCancel }: RewrapEntryProps) {
  const { provider, state, reason, total, done, createdAt, finishedAt, requestedBy } = rewrap;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2 last:border-b-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-semibold">under {provider}</span>
          <RewrapStateBadge state={state} reason={reason} />
          <progress
            className="h-1.5 w-40 accent-accent"
            max={Math.max(total, 1)}
            value={total === 0 && state === 'done' ? 1 : done}
            aria-label="keys wrapped anew"
          />
          <span className="text-xs tabular-nums">
            {done.toLocaleString('en')} of {total.toLocaleString('en')} keys
          </span>
        </p>
        <p className="text-xs text-muted">
          begun <RelativeTime at={createdAt} /> by <span className="font-mono">{requestedBy}</span>
          {finishedAt !== null && (
            <>
              , ended <RelativeTime at={finishedAt} />
            </>
          )}
        </p>
      </div>
      {onCancel !== null && (
        <Button size="small" variant="danger" onClick={onCancel}>
          Stop
        </Button>
      )}
    </li>
  );
}

interface StartDialogProps {
  readonly cluster: string;
  readonly provider: string;
  readonly onClose: () => void;
}

function StartDialog({ cluster, provider, onClose }: StartDialogProps) {
  const queryClient = useQueryClient();
  const providers = useQuery(kekProvidersQuery);
  const [chosen, setChosen] = useState(provider);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const start = useMutation({
    mutationFn: () =>
      dataOf(
        createRewrap({
          client,
          path: { cluster },
          headers: { 'Idempotency-Key': idempotencyKey },
          body: { provider: chosen },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    start.mutate();
  };
  const choices = (providers.data ?? []).map(({ name }) => ({
    value: name,
    label: name === provider ? `${name}, under its newest version` : name,
  }));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Wrap all keys anew"
      description="While the cluster runs. New keys are under the new KEK at once; keep the old one until this is done."
    >
      <form onSubmit={submit}>
        <Loaded query={providers} what="providers" rows={1}>
          {() => (
            <SelectField
              label="Provider"
              choices={choices}
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
            />
          )}
        </Loaded>
        {start.error !== null && <ProblemNotice className="mt-4" error={start.error} title="Not begun" />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            busy={start.isPending}
            disabled={providers.data === undefined}
          >
            Begin
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
