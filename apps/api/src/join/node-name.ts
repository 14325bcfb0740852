const SHORTEST = 8;
const LONGER = 4;
const DNS_LABEL = 63;

/**
 * The name of a new node: its pool and the start of its identity, so that it is the same whenever it is made (S17).
 * `attempt` lengthens it where another node has that name already.
 */
export function nodeNameOf(poolName: string, identity: string, attempt: number): string {
  const suffix = identity.slice(0, SHORTEST + LONGER * attempt);
  const prefix = poolName.slice(0, DNS_LABEL - 1 - suffix.length).replace(/-+$/, '');
  return `${prefix}-${suffix}`;
}
