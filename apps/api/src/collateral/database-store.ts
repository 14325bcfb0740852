import {
  parseNeed,
  type CollateralItem,
  type CollateralStore,
  type NeedKey,
  type VerifiedItem,
} from '@asterism/collateral';
import { collateral, inTransaction, type Database } from '@asterism/persistence';
import { putCollateral } from './put-collateral.ts';

/** Most items that are read at once; certificates of chips are by far the most of them. */
export const MOST_ITEMS = 4096;

/** The table that the replicas share. */
export class DatabaseStore implements CollateralStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(key: NeedKey): Promise<CollateralItem | undefined> {
    const row = await collateral.find(this.#database.queries, key);
    return row && toItem(row);
  }

  async put(item: VerifiedItem): Promise<void> {
    await inTransaction(this.#database, (tx) => putCollateral(tx, item));
  }

  async list(): Promise<readonly CollateralItem[]> {
    return (await collateral.all(this.#database.queries, MOST_ITEMS)).map(toItem);
  }
}

/** @throws CollateralInputError on a row that nobody of ours wrote */
export function toItem({ kind, key, content, ...row }: collateral.StoredCollateral): CollateralItem {
  const { fetchedAt, source, issuerChain } = row;
  return { need: parseNeed({ kind, key }), content: new Uint8Array(content), fetchedAt, source, issuerChain };
}
