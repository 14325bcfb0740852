import { MirrorError, type KeyMirror } from '@asterism/kek';
import { leases, mirroredKeys, type Database } from '@asterism/persistence';
import { atOnce } from '../platform/at-once.ts';
import type { Logger } from '../platform/logger.ts';
import type { ResultSigner } from '../platform/result-signer.ts';
import type { Sealing } from '../platform/sealing.ts';
import { encodeMirroredKey, mirrorName } from './mirrored-key.ts';

export interface MirrorWorkerOptions {
  readonly database: Database;
  readonly name: string;
  readonly mirror: KeyMirror;
  /** Names of all that are configured. */
  readonly mirrors: readonly string[];
  readonly signer: ResultSigner;
  readonly sealing: Pick<Sealing, 'isOpen'>;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Milliseconds after the first failure; doubled with each that follows. */
  readonly pause?: number;
}

const BATCH = 64;
const AT_ONCE = 8;
/** Longer than a batch takes where every call of it needs its whole deadline. */
const LEASE_MS = 90_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Brings one mirror to what the database has: writes wrapped keys that it does not have as they are, and deletes destroyed
 * ones. One replica at a time does. The database is the truth and never waits for a mirror.
 */
export class MirrorWorker {
  readonly #with: MirrorWorkerOptions;
  readonly #lease: string;
  readonly #replica: string;
  #pause = 0;
  #restsUntil = 0;

  constructor(options: MirrorWorkerOptions) {
    this.#with = options;
    this.#lease = `key-mirror ${options.name}`;
    this.#replica = options.database.newId();
  }

  /** Goes on until nothing is left to do, or the mirror does not answer. */
  async look(): Promise<void> {
    const { sealing, stopping, logger, name } = this.#with;
    if (!sealing.isOpen || performance.now() < this.#restsUntil) return;
    try {
      while (!stopping.aborted && (await this.#hold()) && (await this.#step()));
      this.#pause = 0;
    } catch (cause) {
      if (!(cause instanceof MirrorError)) throw cause;
      this.#pause = Math.min(2 * this.#pause || (this.#with.pause ?? FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      this.#restsUntil = performance.now() + this.#pause;
      logger.warn({ mirror: name, code: cause.code, err: cause }, 'a mirror of wrapped keys does not answer');
    }
  }

  /** So that the next one need not wait. */
  async leave(): Promise<void> {
    await leases.release(this.#with.database.queries, this.#lease, this.#replica);
  }

  #hold(): Promise<boolean> {
    const { queries, clock } = this.#with.database;
    const now = clock();
    const until = new Date(now.getTime() + LEASE_MS);
    return leases.hold(queries, this.#lease, { by: this.#replica, now, until });
  }

  /** @returns whether there may be more */
  async #step(): Promise<boolean> {
    const { database, name } = this.#with;
    const { queries } = database;
    const keys = await mirroredKeys.listUnmirrored(queries, name, BATCH);
    await atOnce(keys, AT_ONCE, (key) => this.#write(key));
    const deletions = await mirroredKeys.listDeletions(queries, name, BATCH);
    await atOnce(deletions, AT_ONCE, (deletion) => this.#delete(deletion));
    return keys.length > 0 || deletions.length > 0;
  }

  async #write(key: mirroredKeys.MirroredKey): Promise<void> {
    const { database, mirror, signer, name } = this.#with;
    const { queries } = database;
    await mirror.put(mirrorName(key), await encodeMirroredKey(signer, key));
    if (await mirroredKeys.noteMirrored(queries, name, key)) return;
    // It was changed or destroyed while it was written, and another replica may have been faster with what it is now.
    if (!(await mirroredKeys.noteOutdated(queries, name, key))) await mirror.delete(mirrorName(key));
  }

  async #delete(deletion: mirroredKeys.MirrorDeletion): Promise<void> {
    const { database, mirror, name, mirrors } = this.#with;
    await mirror.delete(mirrorName(deletion));
    await mirroredKeys.noteDeleted(database.queries, name, mirrors, deletion);
  }
}
