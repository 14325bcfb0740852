import type { Json } from '@asterism/bytes';
import type { RecoveryProgress, RecoverySet, RecoveryStatus } from '@asterism/contracts';
import { KeysError, wipe } from '@asterism/keys';
import { parseShare, RecoveryError, type RecoveryShare, type ShareCollector } from '@asterism/keys/recovery';
import {
  audit,
  clusters,
  events,
  inTransaction,
  recoverySets,
  type Transaction,
} from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.ts';
import { ProblemError } from '../http/problem-error.ts';
import { Platform } from '../platform/platform.ts';
import { toRecoveryProblem } from './recovery-problems.ts';
import { ShareCollections } from './share-collections.ts';

type StoredSet = recoverySets.StoredRecoverySet;

/**
 * Takes the shares of people until they are enough, and gives the API its KEK back, or a cluster its root. A share that is
 * refused, and a secret that is not the one, change nothing (S25); each is in the audit log with who brought it.
 */
@Injectable()
export class RecoveryService {
  readonly #platform: Platform;
  readonly #collections: ShareCollections;
  /** One share at a time: of two that both complete a set, one recovers. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#collections = new ShareCollections(platform.clock);
  }

  async status(): Promise<RecoveryStatus> {
    const { database, sealing, clusterRoots } = this.#platform;
    const collecting: RecoveryProgress[] = [];
    for (const [setId, received] of this.#collections.list()) {
      const stored = await recoverySets.find(database.queries, setId);
      if (stored !== undefined) collecting.push(toProgress(stored.set, received, false));
    }
    return {
      sealed: !sealing.isOpen,
      closedClusters: sealing.isOpen ? await clusterRoots.closed() : [],
      collecting,
      expiresAt: this.#collections.expiresAt?.toISOString() ?? null,
    };
  }

  submit(caller: Caller, text: string): Promise<RecoveryProgress> {
    const result = this.#last.then(() => this.#submit(caller, text));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async discard(caller: Caller): Promise<void> {
    const sets = [...this.#collections.list().keys()];
    if (sets.length === 0) return;
    await inTransaction(this.#platform.database, async (tx) => {
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'recovery.shares-discarded',
        target: 'recovery',
        details: { sets },
      });
    });
    this.#collections.forgetAll();
  }

  async #submit(caller: Caller, text: string): Promise<RecoveryProgress> {
    let share: RecoveryShare | undefined;
    try {
      share = parseShare(text);
      const stored = await this.#findSet(share);
      await this.#requireNeed(stored.set);
      const collector = this.#collections.of(toRecord(stored));
      collector.add(share);
      await this.#noteShare(caller, stored.set, share.index);
      const { received, complete } = collector.progress;
      if (complete) await this.#recover(caller, stored.set, collector);
      return toProgress(stored.set, received, complete);
    } catch (cause) {
      const problem = toRecoveryProblem(cause);
      if (problem instanceof ProblemError) await this.#noteRefusal(caller, share, problem);
      throw problem;
    }
  }

  async #findSet(share: RecoveryShare): Promise<StoredSet> {
    const stored = await recoverySets.find(this.#platform.database.queries, share.set);
    if (stored === undefined) {
      throw new ProblemError('recovery-share-foreign', 'a share of a set that this API has not issued');
    }
    if (stored.set.state === 'superseded') {
      throw new ProblemError(
        'recovery-share-superseded',
        'shares were issued anew: this one is taken no longer',
      );
    }
    return stored;
  }

  /** @throws ProblemError `not-sealed` where there is nothing to recover, `sealed` where the KEK has to come first */
  async #requireNeed({ scope }: RecoverySet): Promise<void> {
    const { sealing, clusterRoots } = this.#platform;
    if (scope.kind === 'platform') {
      if (sealing.isOpen) throw new ProblemError('not-sealed', 'the keys of this API are open');
      return;
    }
    if (await clusterRoots.isOpen(scope.id)) {
      throw new ProblemError('not-sealed', 'the root of this cluster opens');
    }
  }

  async #recover(caller: Caller, set: RecoverySet, collector: ShareCollector): Promise<void> {
    const indexes = collector.progress.received;
    // Used up, whatever comes of it.
    const secret = await collector.combine().finally(() => this.#collections.forget(set.id));
    const { scope } = set;
    if (scope.kind === 'cluster') await this.#recoverRoot(caller, set, scope.id, secret, indexes);
    else await this.#recoverKek(caller, set, secret, indexes);
  }

  async #recoverKek(caller: Caller, set: RecoverySet, secret: Uint8Array, indexes: readonly number[]) {
    const note = (tx: Transaction) => this.#noteRecovered(tx, caller, set, indexes);
    await this.#platform.sealing.recover(secret, caller.principal.actor, note).catch((cause: unknown) => {
      if (!(cause instanceof KeysError)) throw cause;
      throw new RecoveryError('recovery-secret-wrong', 'the shares give a KEK that opens nothing here', {
        cause,
      });
    });
  }

  async #recoverRoot(
    caller: Caller,
    set: RecoverySet,
    clusterId: string,
    root: Uint8Array,
    indexes: readonly number[],
  ): Promise<void> {
    const { database, clusterRoots, sealing } = this.#platform;
    const { kek } = sealing;
    try {
      if (!(await clusterRoots.isRootOf(clusterId, root))) {
        throw new RecoveryError('recovery-secret-wrong', 'the shares do not give the root of this cluster');
      }
      const wrapped = clusterRoots.wrap(clusterId, root);
      await inTransaction(database, async (tx) => {
        await sealing.keep(tx, kek);
        await clusters.rewrapRoot(tx, clusterId, wrapped);
        await this.#noteRecovered(tx, caller, set, indexes);
      });
      clusterRoots.forget(clusterId);
    } finally {
      wipe(root);
    }
  }

  /** A share that is not in the audit log is not kept either. */
  async #noteShare(caller: Caller, set: RecoverySet, index: number): Promise<void> {
    await inTransaction(this.#platform.database, async (tx) => {
      note(tx, caller, set, 'recovery.share-submitted', { index });
      const received = this.#collections.list().get(set.id)?.length ?? 0;
      progress(tx, set, { received, threshold: set.threshold, recovered: false });
    }).catch((cause: unknown) => {
      this.#collections.forget(set.id);
      throw cause;
    });
  }

  async #noteRecovered(
    tx: Transaction,
    caller: Caller,
    set: RecoverySet,
    indexes: readonly number[],
  ): Promise<void> {
    await recoverySets.noteUse(tx, set.id, indexes);
    note(tx, caller, set, 'recovery.completed', { shares: [...indexes] });
    progress(tx, set, { received: indexes.length, threshold: set.threshold, recovered: true });
  }

  async #noteRefusal(
    caller: Caller,
    share: RecoveryShare | undefined,
    { code }: ProblemError,
  ): Promise<void> {
    await inTransaction(this.#platform.database, async (tx) => {
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'recovery.share-refused',
        target: share === undefined ? 'recovery' : `recovery-set:${share.set}`,
        details: share === undefined ? { code } : { code, index: share.index },
      });
    });
  }
}

const clusterOf = ({ scope }: RecoverySet) => (scope.kind === 'cluster' ? scope.id : null);

function note(
  tx: Transaction,
  caller: Caller,
  set: RecoverySet,
  action: string,
  details: Readonly<Record<string, Json>>,
): void {
  const { actor } = caller.principal;
  audit.append(tx, { clusterId: clusterOf(set), actor, action, target: `recovery-set:${set.id}`, details });
}

function progress(tx: Transaction, set: RecoverySet, data: Readonly<Record<string, Json>>): void {
  events.append(tx, { type: 'recovery.progress', clusterId: clusterOf(set), data: { set: set.id, ...data } });
}

function toRecord({ set, commitment, shareHashes }: StoredSet) {
  const { id, scope, threshold } = set;
  return { setId: id, scope, threshold, commitment, shares: shareHashes };
}

function toProgress(set: RecoverySet, received: readonly number[], recovered: boolean): RecoveryProgress {
  const { id, scope, threshold } = set;
  const nameOf = (index: number) => set.shares.find((share) => share.index === index)?.name ?? '';
  return {
    set: { id, scope, threshold },
    received: received.map((index) => ({ index, name: nameOf(index) })),
    recovered,
  };
}
