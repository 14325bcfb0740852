import { LOCK_PCR, type ReferenceValue } from '@asterism/contracts';
import type { MeasuredRegister, MeasurementSet } from './measurement-set.ts';

/** What stands beside every value that is added. */
export interface Provenance {
  readonly comment: string;
  readonly from?: string;
  readonly until?: string;
}

export interface Addition {
  readonly register: string;
  /** Path of the register's list in the document. */
  readonly path: readonly string[];
  readonly added: readonly ReferenceValue[];
  /** The whole list as it becomes. */
  readonly values: readonly unknown[];
}

/** Why a register of the file does not become part of the policy. */
export type LeftOutReason =
  /** The policy does not compare it: adding it is a decision of its own. */
  | 'not-in-policy'
  /** The policy takes any value: a list would be a decision of its own. */
  | 'any'
  /** Of another length, so of another hash or bank, than the policy compares. */
  | 'other-bank'
  /** The file says that it should only warn, and the policy enforces it. */
  | 'warn-only'
  /** The lock: always compared, never by a policy. */
  | 'lock'
  | 'already-there';

export interface LeftOut {
  readonly register: string;
  readonly reason: LeftOutReason;
}

export interface AdditionPlan {
  readonly additions: readonly Addition[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Which values of the set a policy takes, and where. Only lists of registers that the policy compares already grow: an import
 * never makes a policy compare less, or something else. The document may hold placeholders yet; a list that is one begins.
 */
export function planAdditions(document: unknown, set: MeasurementSet, provenance: Provenance): AdditionPlan {
  const additions: Addition[] = [];
  const leftOut: LeftOut[] = [];
  for (const measured of set.registers) {
    const planned = planRegister(document, set, measured, provenance);
    if (typeof planned === 'string') leftOut.push({ register: measured.register, reason: planned });
    else additions.push(planned);
  }
  return { additions, leftOut };
}

function planRegister(
  document: unknown,
  { bank }: MeasurementSet,
  { register, digests, warnOnly }: MeasuredRegister,
  provenance: Provenance,
): Addition | LeftOutReason {
  const path = register.split('.');
  if (path[1] === 'pcrs' && Number(path[2]) === LOCK_PCR) return 'lock';
  const measurement = at(document, path);
  const values = at(measurement, ['values']);
  if (values === undefined) return 'not-in-policy';
  if (values === 'any') return 'any';
  if (path[0] === 'tpm' && at(document, ['tpm', 'bank']) !== bank) return 'other-bank';
  if (path[0] === 'nitroTpm' && digests.some((digest) => digest.length !== 96)) return 'other-bank';
  if (warnOnly && at(measurement, ['mode']) !== 'warn') return 'warn-only';
  const present: readonly unknown[] = Array.isArray(values) ? values : [];
  const added = [...new Set(digests)]
    .map((digest): ReferenceValue => ({ digest, ...provenance }))
    .filter((value) => !present.some((other) => isSame(other, value)));
  if (added.length === 0) return 'already-there';
  return { register, path: [...path, 'values'], added, values: [...present, ...added] };
}

function isSame(other: unknown, { digest, from, until }: ReferenceValue): boolean {
  return at(other, ['digest']) === digest && at(other, ['from']) === from && at(other, ['until']) === until;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}
