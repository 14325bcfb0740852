'use client';

import { createVerification, readJwks, readNodeEvidence, type Node } from '@asterism/api-client';
import type { Evidence, PolicyDocument, Verification } from '@asterism/contracts';
import { useMutation, useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Page } from '../../components/shell/page.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Panel } from '../../components/ui/panel.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { client, dataOf } from '../../data/client.ts';
import { clusterQuery, nodeQuery, policyQuery, poolQuery } from '../../data/queries.ts';
import { NOTHING_OWN, OwnKnowledge, ownKnowledgeOf } from './own-knowledge.tsx';
import { Report } from './report.tsx';
import { runVerification, type Progress, type VerificationSource } from './run-verification.ts';

interface VerifyProps {
  readonly cluster: string;
  readonly node: string;
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

const PROGRESS: Readonly<Record<Progress, string>> = {
  preparing: 'Making a nonce and a credential…',
  asking: 'The node makes evidence…',
  verifying: 'Verifying here…',
};

export function Verify({ cluster, node: name }: VerifyProps) {
  const query = useQuery(nodeQuery(cluster, name));
  return (
    <Page
      title={`Verify ${name}`}
      subtitle="The node makes fresh evidence over this browser’s nonce, and this browser verifies it."
      crumbs={[
        { label: 'Clusters', href: '/clusters' },
        { label: cluster, href: `/clusters/${cluster}` },
        { label: name, href: `/clusters/${cluster}/nodes/${name}` },
      ]}
    >
      {query.data === undefined ? (
        <Panel title="Node">
          <Loaded query={query} what="the node">
            {() => null}
          </Loaded>
        </Panel>
      ) : (
        <VerifyNode cluster={cluster} node={query.data} />
      )}
    </Page>
  );
}

function VerifyNode({ cluster, node }: { cluster: string; node: Node }) {
  const [own, setOwn] = useState(NOTHING_OWN);
  const [progress, setProgress] = useState<Progress>('preparing');
  const { data: record } = useQuery(clusterQuery(cluster));
  const active = useActivePolicy(cluster, node.poolName);
  const known = ownKnowledgeOf(own);
  const policy = known.policy ?? (own.policySource === 'api' ? active.document : null);
  const clusterId = known.clusterId ?? record?.clusterId;
  const ready = policy !== null && clusterId !== undefined && known.complete;
  const run = useMutation({
    mutationFn: async () => {
      if (!ready) throw new Error('not ready');
      const order = { nodeId: node.id, clusterId, policy };
      return {
        policySource: known.policy === null ? (`api` as const) : ('own' as const),
        report: await runVerification(
          order,
          sourceOf(cluster, node.id),
          random,
          () => new Date(),
          setProgress,
        ),
      };
    },
  });
  return (
    <>
      <Panel
        title="What is compared"
        actions={
          <Button variant="primary" busy={run.isPending} disabled={!ready} onClick={() => run.mutate()}>
            {!run.isPending && <ShieldCheck aria-hidden />}
            {run.data === undefined ? 'Verify now' : 'Verify again'}
          </Button>
        }
      >
        <OwnKnowledge
          own={own}
          onChange={setOwn}
          activeVersion={active.version}
          apiClusterId={record?.clusterId}
        />
      </Panel>
      {active.error !== null && (
        <ProblemNotice error={active.error} title="The active policy cannot be read" />
      )}
      {run.isPending && (
        <p role="status" className="text-muted">
          {PROGRESS[progress]}
        </p>
      )}
      {run.error !== null && <ProblemNotice error={run.error} title="Not verified" />}
      {run.data !== undefined && !run.isPending && (
        <Report report={run.data.report} policySource={run.data.policySource} />
      )}
    </>
  );
}

function useActivePolicy(cluster: string, pool: string) {
  const { data: tagged, error: poolError } = useQuery(poolQuery(cluster, pool));
  const version = tagged?.data.activePolicyVersion ?? null;
  const policy = useQuery({ ...policyQuery(cluster, pool, version ?? 0), enabled: version !== null });
  const document = (policy.data?.document as PolicyDocument | undefined) ?? null;
  return { version, document, error: poolError ?? policy.error };
}

/** The documents are judged as foreign input by the verification, whatever the SDK's types promise. */
function sourceOf(cluster: string, node: string): VerificationSource {
  const path = { cluster, node };
  return {
    lastEvidence: async () => (await dataOf(readNodeEvidence({ client, path }))).evidence as Evidence,
    verify: async (body) => (await dataOf(createVerification({ client, path, body }))) as Verification,
    jwks: () => dataOf(readJwks({ client })),
  };
}
