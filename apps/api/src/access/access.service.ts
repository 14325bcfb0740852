import { Injectable } from '@nestjs/common';
import type {
  Access,
  AccessDocument,
  AccessPlan,
  AccessPolicy,
  AccessUser,
  Cluster,
} from '@asterism/contracts';
import {
  access,
  accessUsers,
  audit,
  inTransaction,
  pools,
  sshGrants,
  sshRevokedKeys,
  type Transaction,
} from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { endGrants } from '../ssh-grants/end-grants.ts';
import { planAccess, type Declared } from './plan-access.ts';
import { readDocument, type Fingerprints } from './read-document.ts';
import { grantIsWithin, grantStands } from './grant-stands.ts';

/** What is declared now, and the revision that it has. */
interface Held extends Declared {
  readonly revision: number;
}

/** Who may be let in, as the cluster's configuration has it. */
@Injectable()
export class AccessService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Makes the row where nobody has asked before; that is no change of anything. */
  read(cluster: Cluster): Promise<Access> {
    return inTransaction(this.#platform.database, (tx) => readAccess(tx, cluster.id));
  }

  /** What applying a document would change, and what it would end. Nothing is changed by asking. */
  plan(cluster: Cluster, document: AccessDocument): Promise<AccessPlan> {
    return inTransaction(this.#platform.database, async (tx) => {
      const held = await hold(tx, cluster.id);
      await this.#check(tx, cluster, document, held);
      const users = new Map(document.users.map((user) => [user.name, user]));
      const open = await sshGrants.lockOpen(tx, cluster.id, { users: held.users.map(({ name }) => name) });
      const ended = open.filter((grant) => !grantStands(grant, users.get(grant.user)));
      return { revision: held.revision, changes: planAccess(held, document), endedGrants: ended.length };
    });
  }

  apply(caller: Caller, cluster: Cluster, revision: number, document: AccessDocument): Promise<Access> {
    return this.#change(caller, cluster, revision, () => document);
  }

  putUser(
    caller: Caller,
    cluster: Cluster,
    revision: number,
    { name, user }: { name: string; user: AccessUser },
  ): Promise<Access> {
    if (user.name !== name)
      throw new ProblemError('access-invalid', 'the path names another user than the body');
    return this.#change(caller, cluster, revision, ({ policy, users }) => ({
      policy,
      users: [...users.filter((each) => each.name !== name), user],
    }));
  }

  removeUser(caller: Caller, cluster: Cluster, name: string, reason: string): Promise<Access> {
    return this.#change(
      caller,
      cluster,
      undefined,
      ({ policy, users }) => {
        found(
          users.find((each) => each.name === name),
          'access-user-unknown',
          'no such user in this cluster',
        );
        return { policy, users: users.filter((each) => each.name !== name) };
      },
      reason,
    );
  }

  #change(
    caller: Caller,
    cluster: Cluster,
    revision: number | undefined,
    next: (held: Held) => Declared,
    reason?: string,
  ): Promise<Access> {
    return naming({ 'already-exists': 'access-invalid' }, () =>
      change(this.#platform.database, caller, async (tx) => {
        const held = await hold(tx, cluster.id);
        if (revision !== undefined && revision !== held.revision) {
          throw new ProblemError('precondition-failed', 'access was changed since it was read');
        }
        const wanted = next(held);
        const fingerprints = await this.#check(tx, cluster, wanted, held);
        const changes = planAccess(held, wanted);
        if (changes.length > 0) await write(tx, { caller, cluster, wanted, changes, fingerprints, reason });
        return readAccess(tx, cluster.id);
      }),
    );
  }

  async #check(tx: Transaction, cluster: Cluster, wanted: Declared, held: Held): Promise<Fingerprints> {
    return readDocument(wanted, {
      now: tx.now,
      pools: new Set(await pools.listNames(tx.queries, cluster.id)),
      revokedKeys: new Set(await sshRevokedKeys.listFingerprints(tx.queries, cluster.id)),
      declared: new Map(held.users.map((user) => [user.name, user])),
    });
  }
}

interface Writing {
  readonly caller: Caller;
  readonly cluster: Cluster;
  readonly wanted: Declared;
  readonly changes: AccessPlan['changes'];
  readonly fingerprints: Fingerprints;
  readonly reason: string | undefined;
}

async function write(tx: Transaction, writing: Writing): Promise<void> {
  const { caller, cluster, wanted, changes, fingerprints, reason } = writing;
  const { actor } = caller.principal;
  const users = new Map(wanted.users.map((user) => [user.name, user]));
  const touched = changes.filter(({ subject }) => subject === 'user').map(({ name }) => name);
  const removed = touched.filter((name) => !users.has(name));
  const put = touched.flatMap((name) => users.get(name) ?? []);
  await accessUsers.remove(tx, cluster.id, removed);
  await accessUsers.put(tx, cluster.id, put, fingerprints);
  const by = { actor, reason: reason ?? 'access was changed' };
  await endGrants(
    tx,
    cluster.id,
    { users: touched },
    by,
    (grant) => !grantStands(grant, users.get(grant.user)),
  );
  const policy: { policy?: AccessPolicy } = changes.some(({ subject }) => subject === 'policy')
    ? { policy: wanted.policy }
    : {};
  if (policy.policy !== undefined) {
    await endGrants(tx, cluster.id, {}, by, (grant) => !grantIsWithin(grant, wanted.policy));
  }
  const revision = await access.bump(tx, cluster.id, { ...policy, updatedBy: actor });
  record(tx, { ...writing, revision });
}

function record(
  tx: Transaction,
  { caller, cluster, wanted, changes, fingerprints, reason, revision }: Writing & { revision: number },
): void {
  const { actor } = caller.principal;
  const users = new Map(wanted.users.map((user) => [user.name, user]));
  const ofPolicy = changes.filter(({ subject }) => subject === 'policy').map(({ name }) => name);
  if (ofPolicy.length > 0) {
    audit.append(tx, {
      ...{ clusterId: cluster.id, actor, action: 'access.policy-changed', target: `cluster:${cluster.id}` },
      details: { revision, fields: ofPolicy },
    });
  }
  for (const { kind, subject, name, fields } of changes) {
    if (subject !== 'user') continue;
    const user = users.get(name);
    audit.append(tx, {
      ...{ clusterId: cluster.id, actor, target: `access-user:${name}` },
      action: `access.user-${{ add: 'added', change: 'changed', remove: 'removed' }[kind]}`,
      details: {
        revision,
        fields: fields.map(({ field }) => field),
        keys: [...(fingerprints.get(name) ?? [])],
        ...(user === undefined
          ? {}
          : { principals: user.principals, sudo: user.sudo.kind, pools: user.pools }),
        ...(reason === undefined ? {} : { reason }),
      },
    });
  }
}

async function hold(tx: Transaction, clusterId: string): Promise<Held> {
  const { revision, policy } = await access.lock(tx, clusterId);
  return { revision, policy, users: await accessUsers.list(tx.queries, clusterId) };
}

async function readAccess(tx: Transaction, clusterId: string): Promise<Access> {
  const record = await access.lock(tx, clusterId);
  return { clusterId, ...record, users: await accessUsers.list(tx.queries, clusterId) };
}
