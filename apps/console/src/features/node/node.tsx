'use client';

import type { Node } from '@asterism/api-client';
import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import Link from 'next/link';
import { NodeStateBadge } from '../../components/domain/states.tsx';
import { Page } from '../../components/shell/page.tsx';
import { buttonStyle } from '../../components/ui/button.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { may } from '../../data/permissions.ts';
import { nodeQuery, sessionQuery } from '../../data/queries.ts';
import { Appraisals } from './appraisals.tsx';
import { NodeActions } from './node-actions.tsx';
import { ConnectionFacts, IdentityFacts } from './node-facts.tsx';

/** Only who is connected and has not been shut out answers a verification. */
function isVerifiable({ connection, state }: Node): boolean {
  return connection !== null && state !== 'quarantined' && state !== 'revoked';
}

interface NodePageProps {
  readonly cluster: string;
  readonly node: string;
}

export function NodeOverview({ cluster, node: name }: NodePageProps) {
  const query = useQuery(nodeQuery(cluster, name));
  const { data: session } = useQuery(sessionQuery);
  const node = query.data;
  return (
    <Page
      title={
        <span className="flex items-center gap-3">
          {name}
          {node !== undefined && <NodeStateBadge state={node.state} />}
        </span>
      }
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: cluster, href: `/clusters/${cluster}` },
      ]}
      actions={
        node !== undefined && (
          <>
            {may(session, 'verification.run', node.clusterId) && isVerifiable(node) && (
              <Link
                href={`/clusters/${cluster}/nodes/${name}/verify`}
                className={buttonStyle({ variant: 'primary' })}
              >
                <ShieldCheck aria-hidden />
                Verify in this browser
              </Link>
            )}
            <NodeActions cluster={cluster} node={node} />
          </>
        )
      }
    >
      {node !== undefined && node.stateReason !== null && (
        <Notice kind={node.state === 'quarantined' ? 'bad' : 'warn'} title={`This node is ${node.state}`}>
          {node.stateReason}
        </Notice>
      )}
      <div className="grid gap-5 lg:grid-cols-2">
        <Panel title="Identity">
          <Loaded query={query} what="the node" rows={6}>
            {(loaded) => <IdentityFacts cluster={cluster} node={loaded} />}
          </Loaded>
        </Panel>
        <Panel title="Connection">
          <Loaded query={query} what="the connection" rows={5}>
            {(loaded) => <ConnectionFacts node={loaded} />}
          </Loaded>
        </Panel>
      </div>
      {node !== undefined && <Appraisals cluster={cluster} node={name} nextAt={node.nextAppraisalAt} />}
    </Page>
  );
}
