/** A field that two documents do not share; null where one of them has it not. */
export interface Difference {
  /** Such as `tpm.pcrs.4.values.0.digest`. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Fields that differ, in the order of their paths. Documents are compared as JSON: the order of members says nothing. */
export function differencesOf(before: unknown, after: unknown): readonly Difference[] {
  const [left, right] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return paths
    .map((path) => ({ path, before: left.get(path) ?? null, after: right.get(path) ?? null }))
    .filter((field) => field.before !== field.after);
}

function leavesOf(value: unknown, path: readonly string[] = []): ReadonlyMap<string, string> {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isBranch) return new Map([[path.join('.'), JSON.stringify(value) ?? 'undefined']]);
  return new Map(Object.entries(value).flatMap(([key, member]) => [...leavesOf(member, [...path, key])]));
}
