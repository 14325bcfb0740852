import { effectOfAddition, effectOfChange, opposite, type Effect } from './difference-rules.ts';

/** A field that two documents do not share; null where one of them has it not. */
export interface Difference {
  /** Such as `tpm.pcrs.4.mode`. Members of a list go by what names them, not by their place in it. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly effect: Effect;
}

/** Fields that differ, in the order of their paths. The order of members and of lists says nothing. */
export function differencesOf(before: unknown, after: unknown): readonly Difference[] {
  return [...compare([], before, after)].sort((a, b) =>
    a.path.localeCompare(b.path, 'en', { numeric: true }),
  );
}

function* compare(path: readonly string[], before: unknown, after: unknown): Iterable<Difference> {
  const [left, right] = [membersOf(before), membersOf(after)];
  const at = path.join('.');
  if (left === null || right === null) {
    const [was, is] = [toText(before), toText(after)];
    if (was !== is) yield { path: at, before: was, after: is, effect: effectOfChange(at, before, after) };
    return;
  }
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const inner = [...path, name];
    if (left.has(name) && right.has(name)) {
      yield* compare(inner, left.get(name), right.get(name));
      continue;
    }
    const effect = effectOfAddition(at, inner.join('.'));
    yield {
      path: inner.join('.'),
      before: left.has(name) ? toText(left.get(name)) : null,
      after: right.has(name) ? toText(right.get(name)) : null,
      effect: left.has(name) ? opposite(effect) : effect,
    };
  }
}

/** Members of an object, and of a list by name; null for what has none to compare one by one. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const members = new Map<string, unknown>();
  for (const item of value) {
    const name = nameOf(item);
    // The same value may stand in a list with several windows.
    let unused = name;
    for (let count = 2; members.has(unused); count++) unused = `${name}#${count}`;
    members.set(unused, item);
  }
  return members;
}

/** What tells one member of a list from the others. */
function nameOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { digest, product, spkiSha256, status, advisories } = item as Record<string, unknown>;
  const name = digest ?? product ?? spkiSha256;
  if (typeof name === 'string') return name;
  if (Array.isArray(advisories)) return [status, ...[...advisories].sort()].join(',');
  return JSON.stringify(item);
}

function toText(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
