'use client';

import type { PolicyVersion, Pool } from '@asterism/api-client';
import type { PolicyDocument } from '@asterism/contracts';
import { useQuery } from '@tanstack/react-query';
import { FileCheck, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { cn } from '../../components/class-names.ts';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Empty } from '../../components/ui/empty.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { may } from '../../data/permissions.ts';
import { policiesQuery, sessionQuery } from '../../data/queries.ts';
import { PolicyDocumentView } from './policy-document.tsx';
import { rollbackTarget } from './rollback-target.ts';
import { SwitchDialog, type PolicySwitch } from './switch-dialog.tsx';

interface PolicyVersionsProps {
  readonly cluster: string;
  readonly pool: Pool;
}

/** Versions of a pool's policy, the document of the chosen one, and the way from one to another. */
export function PolicyVersions({ cluster, pool }: PolicyVersionsProps) {
  const query = useQuery(policiesQuery(cluster, pool.name));
  const { data: session } = useQuery(sessionQuery);
  const [chosen, setChosen] = useState<number | null>(null);
  const [intended, setIntended] = useState<PolicySwitch | null>(null);
  const mayActivate = may(session, 'policies.activate', pool.clusterId);
  const versions = query.data ?? [];
  const shown =
    versions.find(({ version }) => version === (chosen ?? pool.activePolicyVersion)) ?? versions[0];
  const previous = rollbackTarget(versions);
  return (
    <>
      <Panel
        title="Policy versions"
        note="never changed, never deleted"
        flush
        actions={
          mayActivate &&
          previous !== null && (
            <Button size="small" onClick={() => setIntended({ kind: 'rollback', to: previous })}>
              <Undo2 aria-hidden />
              Roll back to version {previous.version}
            </Button>
          )
        }
      >
        <Loaded query={query} what="policies">
          {(all: readonly PolicyVersion[]) =>
            all.length === 0 ? (
              <Empty icon={FileCheck} title="No policy yet">
                Until a policy is active, this pool accepts no machine. Add one with{' '}
                <code className="font-mono text-xs">asterism policies create</code>.
              </Empty>
            ) : (
              <VersionList
                versions={all}
                shown={shown?.version}
                onShow={setChosen}
                onActivate={mayActivate ? (to) => setIntended({ kind: 'activate', to }) : null}
              />
            )
          }
        </Loaded>
      </Panel>
      {shown !== undefined && (
        <Panel
          title={`Version ${shown.version}`}
          note={shown.active ? <Badge tone="ok">active</Badge> : shown.comment}
        >
          <PolicyDocumentView document={shown.document as PolicyDocument} />
        </Panel>
      )}
      {intended !== null && (
        <SwitchDialog cluster={cluster} pool={pool} intended={intended} onClose={() => setIntended(null)} />
      )}
    </>
  );
}

interface VersionListProps {
  readonly versions: readonly PolicyVersion[];
  readonly shown: number | undefined;
  readonly onShow: (version: number) => void;
  /** Null where the session may not. */
  readonly onActivate: ((version: PolicyVersion) => void) | null;
}

function VersionList({ versions, shown, onShow, onActivate }: VersionListProps) {
  return (
    <ul>
      {versions.map((policy) => (
        <li
          key={policy.version}
          data-version={policy.version}
          className={cn(
            'flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2 last:border-b-0',
            policy.version === shown && 'bg-accent-soft/60',
          )}
        >
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-semibold">Version {policy.version}</span>
            {policy.active && <Badge tone="ok">active</Badge>}
            <span>{policy.comment}</span>
            <span className="text-xs text-muted">
              made <RelativeTime at={policy.createdAt} />
              {policy.activatedAt !== null && (
                <>
                  , activated <RelativeTime at={policy.activatedAt} />
                </>
              )}
            </span>
          </div>
          <div className="flex gap-1.5">
            {policy.version !== shown && (
              <Button variant="quiet" size="small" onClick={() => onShow(policy.version)}>
                Show
              </Button>
            )}
            {onActivate !== null && !policy.active && (
              <Button size="small" onClick={() => onActivate(policy)}>
                Activate
              </Button>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
