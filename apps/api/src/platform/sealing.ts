import { createKek, openKek, type RandomSource, type Seal } from '@asterism/keys';
import { inTransaction, sealSlots, type Database } from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';

/** The API's KEK: sealed in the database, open in this process's memory. */
export class Sealing {
  #kek: Uint8Array | undefined;

  /**
   * Opens the KEK, or makes it where the database has none yet; of replicas that start together one makes it.
   * @throws KeysError `seal-wrong` and the seal's other codes; nothing is written then
   */
  async open(seal: Seal, database: Database, random: RandomSource): Promise<void> {
    const [stored] = await sealSlots.list(database.queries);
    if (stored !== undefined) {
      this.#kek = await openKek(seal, stored.sealed);
      return;
    }
    const { sealed } = await createKek(seal, random);
    await inTransaction(database, (tx) =>
      sealSlots.addFirst(tx, {
        kind: seal.kind,
        description: {},
        sealed,
        comment: 'made at the first start',
      }),
    );
    await this.open(seal, database, random);
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
