import { canonicalJson } from '@asterism/bytes';
import type { AccessDocument, AccessUser } from '@asterism/contracts';
import { fingerprintOf, parsePublicKey, SshError } from '@asterism/ssh';
import { ProblemError } from '../http/problem-error.ts';

/** What a document is checked against. */
export interface DocumentContext {
  readonly now: Date;
  /** Names of the cluster's pools. */
  readonly pools: ReadonlySet<string>;
  /** Fingerprints of keys that nobody logs in with any more. */
  readonly revokedKeys: ReadonlySet<string>;
  /** Users as they are declared now, by name. */
  readonly declared: ReadonlyMap<string, AccessUser>;
}

/** Fingerprints of each user's keys, by the user's name. */
export type Fingerprints = ReadonlyMap<string, readonly string[]>;

/**
 * Checks what the contract's shape cannot say: keys are keys and one person's, accounts do not get in each other's way,
 * pools exist, time is not over for whoever is new.
 * @throws ProblemError `access-invalid` or `ssh-public-key-invalid`, with every fault and where it is
 */
export function readDocument(
  { policy, users }: Pick<AccessDocument, 'policy' | 'users'>,
  context: DocumentContext,
): Fingerprints {
  const faults = new Faults();
  const fingerprints = new Map<string, readonly string[]>();
  const owners = new Map<string, string>();
  const names = new Set(users.map(({ name }) => name));
  const seen = new Set<string>();
  users.forEach((user, at) => {
    const place = `users.${at}`;
    if (seen.has(user.name)) faults.add(`${place}.name`, `${user.name} is there twice`);
    seen.add(user.name);
    const asBefore = isSame(context.declared.get(user.name), user);
    checkAccounts(user, place, { names, context, faults });
    if (!asBefore) checkPlacesAndTime(user, place, { names, context, faults });
    fingerprints.set(user.name, readKeys(user, place, { owners, context, faults, asBefore }));
  });
  if (new Set(policy.approval).size !== policy.approval.length) {
    faults.add('policy.approval', 'names a principal twice');
  }
  faults.throw();
  return fingerprints;
}

class Faults {
  readonly #errors: { path: string; message: string }[] = [];
  #keys = false;

  add(path: string, message: string, of: 'key' | 'other' = 'other'): void {
    this.#errors.push({ path: `body.${path}`, message });
    if (of === 'key') this.#keys = true;
  }

  throw(): void {
    if (this.#errors.length === 0) return;
    const code = this.#keys ? 'ssh-public-key-invalid' : 'access-invalid';
    throw new ProblemError(code, 'the document does not hold together', {
      errors: this.#errors.slice(0, 50),
    });
  }
}

interface UserCheck {
  readonly names: ReadonlySet<string>;
  readonly context: DocumentContext;
  readonly faults: Faults;
}

/** What the world has done to a user meanwhile must not stand in the way of a change to another. */
function isSame(declared: AccessUser | undefined, user: AccessUser): boolean {
  return declared !== undefined && canonicalJson(declared) === canonicalJson(user);
}

function checkAccounts({ name, principals }: AccessUser, place: string, { names, faults }: UserCheck): void {
  if (new Set(principals).size !== principals.length) faults.add(`${place}.principals`, 'names one twice');
  for (const principal of principals) {
    // What sudo allows hangs on a person's own account.
    if (principal !== name && names.has(principal)) {
      faults.add(`${place}.principals`, `${principal} is the account of another user`);
    }
  }
}

function checkPlacesAndTime(user: AccessUser, place: string, { context, faults }: UserCheck): void {
  const { name, pools, expiresAt } = user;
  if (pools !== 'all') {
    if (new Set(pools).size !== pools.length) faults.add(`${place}.pools`, 'names one twice');
    for (const pool of pools) {
      if (!context.pools.has(pool)) faults.add(`${place}.pools`, `${pool} is no pool of this cluster`);
    }
  }
  const kept = context.declared.get(name)?.expiresAt === expiresAt;
  if (expiresAt !== null && !kept && new Date(expiresAt) <= context.now) {
    faults.add(`${place}.expiresAt`, 'is over already');
  }
}

interface KeyCheck {
  /** Fingerprint → user. */
  readonly owners: Map<string, string>;
  readonly context: DocumentContext;
  readonly faults: Faults;
  readonly asBefore: boolean;
}

function readKeys(
  user: AccessUser,
  place: string,
  { owners, context, faults, asBefore }: KeyCheck,
): string[] {
  return user.publicKeys.flatMap((line, at) => {
    const path = `${place}.publicKeys.${at}`;
    try {
      const fingerprint = fingerprintOf(parsePublicKey(line));
      const owner = owners.get(fingerprint);
      if (owner !== undefined) {
        faults.add(path, owner === user.name ? 'is there twice' : `is the key of ${owner} too`);
        return [];
      }
      owners.set(fingerprint, user.name);
      if (!asBefore && context.revokedKeys.has(fingerprint)) faults.add(path, 'is revoked');
      return [fingerprint];
    } catch (cause) {
      if (!(cause instanceof SshError)) throw cause;
      faults.add(path, cause.message, 'key');
      return [];
    }
  });
}
