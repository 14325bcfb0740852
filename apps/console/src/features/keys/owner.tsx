'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { nodesQuery, poolsQuery } from '../../data/queries.ts';

/** Who may ask for a key, by name: `node:<id>`, `pool:<id>`, `machine:<identity>` or `cluster`. */
export function Owner({ cluster, owner }: { readonly cluster: string; readonly owner: string }) {
  const { data: nodes } = useQuery(nodesQuery(cluster));
  const { data: pools } = useQuery(poolsQuery(cluster));
  const [kind = '', id = ''] = owner.split(':');
  if (kind === 'cluster') return 'every member';
  if (kind === 'machine') {
    return (
      <span title={id}>
        machine <code className="font-mono text-xs">{id.slice(0, 12)}…</code>
      </span>
    );
  }
  const name = (kind === 'node' ? nodes : pools)?.find((each) => each.id === id)?.name;
  if (name === undefined) {
    return (
      <code className="font-mono text-xs" title={owner}>
        {kind} {id.slice(0, 8)}…
      </code>
    );
  }
  return (
    <span className="whitespace-nowrap">
      {kind}{' '}
      <Link href={`/clusters/${cluster}/${kind}s/${name}`} className="text-accent hover:underline">
        {name}
      </Link>
    </span>
  );
}
