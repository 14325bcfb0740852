import { createKek, openKek, type RandomSource, type Seal } from '@asterism/keys';
import { settings, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';

const SETTING = 'kek';

/** The API's KEK: sealed in the database, open in this process's memory. */
export class Sealing {
  #kek: Uint8Array | undefined;

  /**
   * Opens the KEK, or makes it where the database has none yet; of replicas that start together one makes it.
   * @throws KeysError `seal-wrong` and the seal's other codes; nothing is written then
   */
  async open(seal: Seal, database: Database, random: RandomSource): Promise<void> {
    const stored = await settings.read(database.queries, SETTING);
    if (stored !== undefined) {
      this.#kek = await openKek(seal, stored);
      return;
    }
    const made = await createKek(seal, random);
    const kept = await settings.readOrCreate(database.queries, SETTING, made.sealed, database.clock());
    this.#kek = await openKek(seal, kept);
  }

  /** @throws ProblemError `sealed` */
  get kek(): Uint8Array {
    if (this.#kek === undefined) {
      throw new ProblemError('sealed', 'the keys of this API are sealed', { retryAfter: 10 });
    }
    return this.#kek;
  }

  get isOpen(): boolean {
    return this.#kek !== undefined;
  }
}
