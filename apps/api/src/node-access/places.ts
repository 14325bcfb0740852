/** What a principal names a node by, after its account and `@`: its pool, and itself. */
export function placesOf(pool: string, node: string): readonly string[] {
  return [`pool.${pool}`, `node.${node}`];
}
