import type { NodeAccess } from '@asterism/contracts';
import type { nodeAccess } from '@asterism/persistence';

/** How a node stands to what is wanted of it. A node that is away may enforce what it had until its time is over. */
export function toNodeAccess(row: nodeAccess.NodeAccessRow): NodeAccess {
  const { node, wanted, stored, reportedAt, hostKeys } = row;
  const { opensshVersion = null, faults = [], addresses = [] } = stored?.report ?? {};
  return {
    ...{
      node,
      state: stateOf(row),
      wanted,
      revision: stored?.revision ?? 0,
      opensshVersion,
      faults,
      addresses,
    },
    ...{ drift: [...(stored?.drift ?? [])], hostKeys, reportedAt },
  };
}

function stateOf({ stored, connected, wanted }: nodeAccess.NodeAccessRow): NodeAccess['state'] {
  if (stored === null) return 'none';
  if (!connected) return 'away';
  if (stored.report.faults.length > 0) return 'faulty';
  // Greater too: it is of a database that was put back.
  return stored.revision === wanted ? 'in-force' : 'behind';
}
