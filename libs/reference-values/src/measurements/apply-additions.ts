import type { PolicyDocument } from '@asterism/contracts';
import type { Addition } from './plan-additions.ts';

type Branch = Record<string, unknown>;

/** A copy of the document with the planned lists in their places. */
export function applyAdditions(document: PolicyDocument, additions: readonly Addition[]): PolicyDocument {
  const next = structuredClone(document);
  for (const { path, values } of additions) {
    const [last, ...parents] = [...path].reverse();
    const parent = parents.reduceRight<unknown>((value, key) => (value as Branch)[key], next) as Branch;
    if (last !== undefined) parent[last] = values;
  }
  return next;
}
