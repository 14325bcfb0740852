import {
  createKek,
  KeysError,
  openAnySlot,
  wipe,
  type RandomSource,
  type SealedSecret,
} from '@asterism/keys';
import { inTransaction, sealSlots, type Database, type Transaction } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import type { Seals } from '../seal/seals.ts';
import type { Logger } from './logger.ts';
import type { ResultSigner } from './result-signer.ts';
import { recordSeal, replaceSlot, toSlot } from './seal-records.ts';

export interface SealingParts {
  readonly database: Database;
  readonly seals: Seals;
  /** Lives under the KEK: what it does not open is not the KEK. */
  readonly resultSigner: ResultSigner;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** Why the process would not start better the next time, before somebody mends it. */
const CONFIGURATION: ReadonlySet<string> = new Set(['key-file-not-allowed', 'key-file-mode']);
const RETRY_AFTER = 10;

/**
 * The API's KEK: sealed in the slots of the database, open in this process's memory or not at all. Where no slot opens the
 * API runs sealed: what needs no key is served, the rest is refused with `sealed`.
 */
export class Sealing {
  readonly seals: Seals;
  readonly #parts: SealingParts;
  #kek: Uint8Array | undefined;
  #slot: string | undefined;
  #reason: string | null = null;
  #attempt: Promise<boolean> | undefined;

  constructor(parts: SealingParts) {
    this.#parts = parts;
    this.seals = parts.seals;
  }

  /** @throws ProblemError `sealed` */
  get kek(): Uint8Array {
    if (this.#kek === undefined) {
      throw new ProblemError('sealed', 'the keys of this API are sealed', { retryAfter: RETRY_AFTER });
    }
    return this.#kek;
  }

  get isOpen(): boolean {
    return this.#kek !== undefined;
  }

  /**
   * That this KEK is still the one, to the end of the transaction: what is written under one that another replica has
   * replaced, unheard yet, would never open again.
   * @param kek of `kek`, before what is written was made under it
   * @throws ProblemError `sealed`
   */
  async keep(tx: Transaction, kek: Uint8Array): Promise<void> {
    await sealSlots.lockKek(tx);
    if (await this.#parts.resultSigner.isUnder(tx.queries, kek)) return;
    if (this.#kek === kek) this.drop();
    throw new ProblemError('sealed', 'the KEK was replaced meanwhile', { retryAfter: RETRY_AFTER });
  }

  /** Code of the last attempt that failed; null once it is open. */
  get reason(): string | null {
    return this.#reason;
  }

  /** The slot that opened; undefined where people's shares did. */
  get slot(): string | undefined {
    return this.#slot;
  }

  /**
   * Opens the KEK. Makes it where the database has none yet; of replicas that start together one does.
   * @throws KeysError where there is no KEK yet and the seal does not work, or the configuration is at fault
   */
  async start(): Promise<void> {
    const { database, random, logger } = this.#parts;
    if ((await sealSlots.list(database.queries)).length === 0) {
      const made = await createKek(await this.seals.sealing(), random);
      wipe(made.kek);
      await inTransaction(database, (tx) => sealSlots.addFirst(tx, toSlot(made, 'made at the first start')));
    }
    try {
      await this.#open();
    } catch (cause) {
      if (!(cause instanceof KeysError) || CONFIGURATION.has(cause.code)) throw cause;
      this.#reason = cause.code;
      logger.error(
        { code: cause.code, err: cause },
        'THE KEYS ARE SEALED: no slot opens. Running without them; the seal is tried again, and recovery shares are taken.',
      );
    }
  }

  /** Tries the slots now; callers at one time share one attempt. @returns whether the KEK is open */
  unseal(actor: string): Promise<boolean> {
    if (this.isOpen) return Promise.resolve(true);
    this.#attempt ??= this.#unseal(actor).finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  async #unseal(actor: string): Promise<boolean> {
    try {
      await this.#open(actor);
      return true;
    } catch (cause) {
      if (!(cause instanceof KeysError)) throw cause;
      // Shares were faster.
      if (this.isOpen) return true;
      if (this.#reason !== cause.code) {
        this.#parts.logger.error({ code: cause.code, err: cause }, 'the keys stay sealed');
      }
      this.#reason = cause.code;
      await this.#parts.resultSigner.reload();
      return this.isOpen;
    }
  }

  /** @param actor who unseals; absent at the start, which is no change of state */
  async #open(actor?: string): Promise<void> {
    const { database } = this.#parts;
    const { kek, slot } = await openAnySlot(
      await this.seals.opening(),
      await sealSlots.list(database.queries),
    );
    const described = slot.kind === 'first' ? await this.#sealAnew(kek) : undefined;
    await this.#take(kek, async (tx) => {
      const id = described === undefined ? slot.id : await replaceSlot(tx, slot.id, described);
      // Its KEK may have been replaced since the slots were read.
      if (!(await sealSlots.noteOpened(tx.queries, id, tx.now))) {
        throw new KeysError('seal-unavailable', 'the slot was removed while it was opened');
      }
      if (actor !== undefined) recordSeal(tx, actor, 'seal.unsealed', { slot: id });
      return id;
    });
  }

  /**
   * Takes a KEK that people's shares gave: checked by what lives under it, sealed anew under the configured seal, and
   * recorded with the caller's own work, in one transaction. Where the seal cannot be used now the KEK is open until the
   * process ends.
   * @throws KeysError `seal-wrong` where it is not the KEK; nothing is changed then
   */
  async recover(kek: Uint8Array, actor: string, work: (tx: Transaction) => Promise<void>): Promise<void> {
    const { logger } = this.#parts;
    const sealed = await this.#sealAnew(kek).catch((cause: unknown) => {
      if (!(cause instanceof KeysError)) throw cause;
      logger.error(
        { code: cause.code, err: cause },
        'recovered, but the seal does not work: no slot is made',
      );
      return undefined;
    });
    await this.#take(kek, async (tx) => {
      const slot = sealed && (await sealSlots.add(tx, toSlot(sealed, 'made from recovery shares')));
      recordSeal(tx, actor, 'seal.recovered', { slot: slot?.id ?? null });
      await work(tx);
      return slot?.id;
    });
  }

  /**
   * Makes a new KEK where the old one is lost. Every slot goes, because none holds the new one, and what lived under the
   * old one stays closed. With the caller's own work, in one transaction.
   * @throws KeysError where the seal does not work: there would be no way back from the next restart
   */
  async replace(actor: string, reason: string, work: (tx: Transaction) => Promise<void>): Promise<void> {
    const { database, random, logger, resultSigner } = this.#parts;
    const made = await createKek(await this.seals.sealing(), random);
    const { use, slot } = await inTransaction(database, async (tx) => {
      await sealSlots.lock(tx);
      const gone = (await sealSlots.list(tx.queries)).map(({ id }) => id);
      await sealSlots.remove(tx, gone);
      const { id } = await sealSlots.add(tx, toSlot(made, 'of a new KEK'));
      recordSeal(tx, actor, 'seal.kek-replaced', { slot: id, removed: gone, reason });
      await work(tx);
      return { use: await resultSigner.renew(tx.queries, made.kek), slot: id };
    });
    use();
    this.#hold(made.kek, slot);
    logger.warn('A NEW KEK WAS MADE. Clusters stay closed until their own recovery shares come.');
  }

  async #sealAnew(kek: Uint8Array): Promise<SealedSecret> {
    return (await this.seals.sealing()).seal(kek);
  }

  /** @param note records it, and says which slot holds this KEK */
  async #take(kek: Uint8Array, note: (tx: Transaction) => Promise<string | undefined>): Promise<void> {
    const { database, resultSigner } = this.#parts;
    try {
      const { use, slot } = await inTransaction(database, async (tx) => {
        await sealSlots.lockKek(tx);
        return { use: await resultSigner.prepare(tx.queries, kek), slot: await note(tx) };
      });
      use();
      this.#hold(kek, slot);
    } catch (cause) {
      wipe(kek);
      throw cause;
    }
  }

  #hold(kek: Uint8Array, slot: string | undefined): void {
    if (this.#reason !== null) this.#parts.logger.warn({ slot }, 'THE KEYS ARE OPEN');
    this.#kek = kek;
    this.#slot = slot;
    this.#reason = null;
  }

  /** Another replica says that there is a new KEK: what is here opens nothing any more. */
  drop(): void {
    const { resultSigner, logger } = this.#parts;
    if (this.#kek === undefined) return;
    resultSigner.drop();
    this.#kek = undefined;
    this.#slot = undefined;
    this.#reason = 'seal-wrong';
    logger.warn('the KEK was replaced elsewhere: sealed until the new one opens');
  }
}
