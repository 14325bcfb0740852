import type { Certificate } from '../certificate/certificate.ts';
import { isWithinDates } from './certificate-rules.ts';
import type { FoundPath, SearchRules } from './path-search.ts';

interface ProvenPath {
  readonly pool: readonly Certificate[];
  readonly rules: SearchRules;
  readonly found: FoundPath;
}

/** The last path of each leaf, as long as the leaf lives: a machine shows the same parsed chain again and again. */
const proven = new WeakMap<Certificate, ProvenPath>();

/**
 * The path that was found before for this leaf, among the same certificates and by the same rules, if all of it is in date
 * at the rules' time; else the search decides anew. A path depends on nothing else: not on lists, which are asked each time.
 */
export function recallPath(
  leaf: Certificate,
  pool: readonly Certificate[],
  rules: SearchRules,
): FoundPath | undefined {
  const before = proven.get(leaf);
  if (before === undefined || !isSameList(before.pool, pool) || !areSameRules(before.rules, rules)) {
    return undefined;
  }
  return before.found.path.every((certificate) => isWithinDates(certificate, rules.at))
    ? before.found
    : undefined;
}

export function rememberPath(
  leaf: Certificate,
  pool: readonly Certificate[],
  rules: SearchRules,
  found: FoundPath,
): void {
  // Copies: the caller's lists may change.
  const { anchors, criticalExtensionsUnderstood } = rules;
  const kept = {
    ...rules,
    anchors: anchors.map(({ name, spkiSha256 }) => ({ name, spkiSha256 })),
    criticalExtensionsUnderstood: [...criticalExtensionsUnderstood],
  };
  proven.set(leaf, { pool: [...pool], rules: kept, found });
}

function areSameRules(a: SearchRules, b: SearchRules): boolean {
  return (
    a.leafEku === b.leafEku &&
    isSameList(a.criticalExtensionsUnderstood, b.criticalExtensionsUnderstood) &&
    a.anchors.length === b.anchors.length &&
    a.anchors.every(
      ({ name, spkiSha256 }, at) => name === b.anchors[at]?.name && spkiSha256 === b.anchors[at].spkiSha256,
    )
  );
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
