/** Begins a text that stands where a value of one's own belongs. No field of a policy takes such a text. */
const PREFIX = 'FILL IN: ';

export interface Placeholder {
  /** Such as `snp.measurement.values`. */
  readonly path: string;
  readonly wanted: string;
}

export function placeholder(wanted: string): string {
  return PREFIX + wanted;
}

/** Everything in a document that is still to be filled in, in its order. */
export function placeholdersOf(value: unknown, path: readonly string[] = []): readonly Placeholder[] {
  if (typeof value === 'string') {
    return value.startsWith(PREFIX) ? [{ path: path.join('.'), wanted: value.slice(PREFIX.length) }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => placeholdersOf(member, [...path, key]));
}
