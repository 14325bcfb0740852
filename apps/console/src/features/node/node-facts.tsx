import type { Node } from '@asterism/api-client';
import Link from 'next/link';
import { Badge } from '../../components/ui/badge.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';

export function IdentityFacts({ cluster, node }: { cluster: string; node: Node }) {
  return (
    <Facts
      facts={[
        {
          term: 'Pool',
          value: (
            <Link
              href={`/clusters/${cluster}/pools/${node.poolName}`}
              className="text-accent hover:underline"
            >
              {node.poolName}
            </Link>
          ),
        },
        { term: 'Role', value: node.role },
        { term: 'Evidence', value: <code className="font-mono text-xs">{node.variant}</code> },
        {
          term: 'Machine identity',
          value: <Copyable value={node.identity} label="the machine’s identity" />,
        },
        { term: 'Node id', value: <Copyable value={node.id} label="the node’s id" /> },
        {
          term: 'State disk',
          value:
            node.stateDisk === null ? (
              <span className="text-faint">none yet</span>
            ) : (
              <>
                <code className="font-mono text-xs">{node.stateDisk.id}</code>, key version{' '}
                {node.stateDisk.keyVersion}
              </>
            ),
        },
        { term: 'Boots', value: `${node.boots} with boot secrets` },
        { term: 'Agent', value: <code className="font-mono text-xs">{node.agentVersion ?? 'unknown'}</code> },
        { term: 'First seen', value: <RelativeTime at={node.createdAt} /> },
      ]}
    />
  );
}

/** Hybrid key exchanges: an attacker who records today cannot read with a quantum computer tomorrow. */
const POST_QUANTUM = /MLKEM/i;

export function ConnectionFacts({ node: { connection } }: { node: Node }) {
  if (connection === null) {
    return <p className="text-muted">Not connected. The node dials the API; nothing dials the node.</p>;
  }
  return (
    <Facts
      facts={[
        {
          term: 'Key exchange',
          value: (
            <span className="inline-flex flex-wrap items-center gap-2">
              <code className="font-mono text-xs">{connection.keyExchange}</code>
              {POST_QUANTUM.test(connection.keyExchange) && <Badge tone="ok">post-quantum hybrid</Badge>}
            </span>
          ),
        },
        { term: 'TLS', value: <code className="font-mono text-xs">{connection.tlsVersion}</code> },
        { term: 'Cipher', value: <code className="font-mono text-xs">{connection.cipher}</code> },
        { term: 'From', value: <code className="font-mono text-xs">{connection.remoteAddress}</code> },
        { term: 'Since', value: <RelativeTime at={connection.since} /> },
      ]}
    />
  );
}
