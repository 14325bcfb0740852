import { dataKeyContext, KekError, wipe, type KekProvider } from '@asterism/keys';
import { dataKeys, inTransaction, rewraps, type Database, type RewrapCursor } from '@asterism/persistence';
import { atOnce } from '../platform/at-once.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { announceRewrap, recordRewrap } from './rewraps.service.ts';

export interface RewrapWorkerOptions {
  readonly database: Database;
  readonly providers: ReadonlyMap<string, KekProvider>;
  readonly metrics: Pick<Metrics, 'rewrapped'>;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  readonly pace?: Partial<RewrapPace>;
}

export interface RewrapPace {
  /** Keys that are read, wrapped and written together; what memory holds at most. */
  readonly batch: number;
  /** Keys at the provider at a time. */
  readonly atOnce: number;
  /** Milliseconds that a replica is believed to be at work after it last wrote. */
  readonly lease: number;
  /** Milliseconds between two events of progress. */
  readonly tellEvery: number;
  /** Milliseconds until a rewrap whose key service gave no answer is tried again, the first time. */
  readonly pause: number;
}

/** The lease is longer than a batch takes where every call of it needs its whole deadline: else replicas undo each other. */
const PACE: RewrapPace = { batch: 128, atOnce: 16, lease: 120_000, tellEvery: 1_000, pause: 1_000 };
const LONGEST_PAUSE_MS = 30_000;

/** Cancelled, or taken over by another replica. */
class LostError extends Error {}

/**
 * Wraps the data keys of one cluster anew, a batch at a time: each batch is written in one transaction with how far it has
 * come, so that whoever goes on after a crash begins where the last one was written, and nothing is done twice that counts.
 * A key that was destroyed or wrapped by somebody else meanwhile stays as it is.
 */
export class RewrapWorker {
  readonly #with: RewrapWorkerOptions;
  readonly #pace: RewrapPace;
  readonly #replica: string;
  readonly #resting = new Map<string, { readonly until: number; readonly pause: number }>();
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: RewrapWorkerOptions) {
    this.#with = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#replica = options.database.newId();
  }

  /** Does what can be done of the rewraps that no other replica works on. */
  async look(): Promise<void> {
    const { stopping } = this.#with;
    for (let claimed = await this.#claim(); claimed !== undefined; claimed = await this.#claim()) {
      try {
        for (
          let at: rewraps.ClaimedRewrap | undefined = claimed;
          at !== undefined;
          at = await this.#step(at)
        ) {
          if (stopping.aborted) return;
        }
      } catch (cause) {
        if (cause instanceof KekError) await this.#wait(claimed.id, cause);
        else if (!(cause instanceof LostError)) throw cause;
      }
    }
  }

  async #claim(): Promise<rewraps.ClaimedRewrap | undefined> {
    const { database } = this.#with;
    const now = database.clock();
    const resting = [...this.#resting].filter(([, { until }]) => until > performance.now());
    return rewraps.claim(
      database.queries,
      { by: this.#replica, now, until: this.#until(now) },
      resting.map(([id]) => id),
    );
  }

  #until(now: Date): Date {
    return new Date(now.getTime() + this.#pace.lease);
  }

  /** One batch. @returns where it goes on; undefined at the end */
  async #step(at: rewraps.ClaimedRewrap): Promise<rewraps.ClaimedRewrap | undefined> {
    const { database, metrics } = this.#with;
    const { clusterId, provider, startedAt, cursor } = at;
    const selection = { provider, before: startedAt, after: cursor };
    const batch = await dataKeys.listOutdated(database.queries, clusterId, selection, this.#pace.batch);
    if (batch.length === 0) return this.#finish(at);
    const rewrapped = await this.#rewrapAll(batch, provider);
    const last = batch.at(-1);
    const next: RewrapCursor | null = last
      ? { purpose: last.purpose, id: last.id, version: last.version }
      : cursor;
    // Keys of before that came since it was counted are done as well, and counted no further than the total.
    const done = Math.min(at.total, at.done + batch.length);
    const progress = { ...at, state: 'running', cursor: next, done } as const;
    await inTransaction(database, async (tx) => {
      await dataKeys.replace(tx, clusterId, rewrapped, startedAt);
      await this.#advance(tx, progress, null);
      if (this.#mayTell(tx.now) || at.state === 'waiting') announceRewrap(tx, { ...progress, reason: null });
    });
    metrics.rewrapped.inc(batch.length);
    this.#resting.delete(at.id);
    return progress;
  }

  /** From the first key again: what was written under the old provider behind the cursor is found, and nothing else. */
  async #finish(at: rewraps.ClaimedRewrap): Promise<rewraps.ClaimedRewrap | undefined> {
    const { database } = this.#with;
    const { clusterId, provider, startedAt: before } = at;
    return inTransaction(database, async (tx) => {
      await rewraps.lockCluster(tx, clusterId);
      const left = await dataKeys.countOutdated(tx.queries, clusterId, { provider, before, after: null });
      const again = left > 0;
      const end = { ...at, state: again ? 'running' : 'done', cursor: null } as const;
      const done = again ? at.done : at.total;
      await this.#advance(tx, { ...end, done }, null);
      if (again) return { ...at, state: 'running', cursor: null };
      await rewraps.adoptProvider(tx, clusterId, provider);
      recordRewrap(tx, 'system', { ...end, done, reason: null }, 'rewrap.done');
      return undefined;
    });
  }

  async #advance(
    tx: Parameters<typeof rewraps.advance>[0],
    {
      id,
      state,
      cursor,
      done,
    }: Pick<rewraps.RewrapStep, 'state' | 'cursor' | 'done'> & { readonly id: string },
    reason: string | null,
  ): Promise<void> {
    const step = { by: this.#replica, until: this.#until(tx.now), state, cursor, done, reason };
    if (!(await rewraps.advance(tx, id, step))) throw new LostError('cancelled, or taken over');
  }

  /** A provider gives no answer, or one of a key that does not open: nothing is skipped, and it is tried again. */
  async #wait(id: string, cause: KekError): Promise<void> {
    const { database, logger } = this.#with;
    const pause = Math.min(2 * (this.#resting.get(id)?.pause ?? this.#pace.pause / 2), LONGEST_PAUSE_MS);
    this.#resting.set(id, { until: performance.now() + pause, pause });
    logger.warn({ rewrap: id, code: cause.code, err: cause }, 'a rewrap waits for its key services');
    await inTransaction(database, async (tx) => {
      const waiting = await rewraps.noteWaiting(tx, id, this.#replica, cause.code);
      if (waiting !== undefined) announceRewrap(tx, waiting);
    });
  }

  async #rewrapAll(
    batch: readonly dataKeys.StoredDataKey[],
    provider: string,
  ): Promise<dataKeys.Rewrapped[]> {
    const rewrapped: dataKeys.Rewrapped[] = [];
    await atOnce(batch, this.#pace.atOnce, async (before) => {
      rewrapped.push({ before, after: await this.#rewrap(before, provider) });
    });
    return rewrapped;
  }

  async #rewrap(key: dataKeys.StoredDataKey, provider: string): Promise<dataKeys.WrappedDataKey> {
    const { clusterId, kekVersion, wrapped } = key;
    const context = dataKeyContext(clusterId, key);
    const plaintext = await this.#provider(key.provider).unwrap({ kekVersion, ciphertext: wrapped }, context);
    try {
      const anew = await this.#provider(provider).wrap(plaintext, context);
      return { provider, kekVersion: anew.kekVersion, wrapped: anew.ciphertext };
    } finally {
      wipe(plaintext);
    }
  }

  #provider(name: string): KekProvider {
    const provider = this.#with.providers.get(name);
    if (provider !== undefined) return provider;
    throw new KekError('kek-unknown', 'the provider is not configured on this API');
  }

  #mayTell(now: Date): boolean {
    if (now.getTime() - this.#toldAt < this.#pace.tellEvery) return false;
    this.#toldAt = now.getTime();
    return true;
  }
}
