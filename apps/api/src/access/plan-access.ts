import { canonicalJson, type Json } from '@asterism/bytes';
import type { AccessDocument, AccessPlan, AccessPolicy, AccessUser } from '@asterism/contracts';

type Change = AccessPlan['changes'][number];

/** What is declared, without what the server adds to it. */
export type Declared = Pick<AccessDocument, 'policy' | 'users'>;

/** What would change, user by user and rule by rule; nothing where both say the same. Policy first, then users by name. */
export function planAccess(before: Declared, after: Declared): Change[] {
  const old = new Map(before.users.map((user) => [user.name, user]));
  const next = new Map(after.users.map((user) => [user.name, user]));
  const names = [...new Set([...old.keys(), ...next.keys()])].sort();
  return [
    ...planPolicy(before.policy, after.policy),
    ...names.flatMap((name) => planUser(name, old.get(name), next.get(name))),
  ];
}

function planPolicy(before: AccessPolicy, after: AccessPolicy): Change[] {
  return differences(before, after).map((field) => ({
    ...{ kind: 'change', subject: 'policy', name: field.field },
    fields: [field],
  }));
}

function planUser(name: string, before: AccessUser | undefined, after: AccessUser | undefined): Change[] {
  const kind = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
  const fields = differences(before ?? {}, after ?? {}).filter(({ field }) => field !== 'name');
  return fields.length === 0 ? [] : [{ kind, subject: 'user', name, fields }];
}

function differences(before: object, after: object): Change['fields'] {
  const old = new Map<string, unknown>(Object.entries(before));
  const next = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((field) => !same(old.get(field), next.get(field)))
    .map((field) => ({ field, before: old.get(field) ?? null, after: next.get(field) ?? null }));
}

/** Order counts in no list of a document. */
function same(a: unknown, b: unknown): boolean {
  return canonicalJson(inOrder(a)) === canonicalJson(inOrder(b));
}

function inOrder(value: unknown): Json {
  if (Array.isArray(value)) return value.map(inOrder).sort(byText);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inOrder(each)]));
}

function byText(a: Json, b: Json): number {
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
