import {
  parseNeed,
  type CollateralItem,
  type CollateralStore,
  type NeedKey,
  type VerifiedItem,
} from '@asterism/collateral';
import { collateral, inTransaction, type Database } from '@asterism/persistence';
import { putCollateral } from './put-collateral.ts';

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
}

/** @throws CollateralInputError on a row that nobody of ours wrote */
export function toItem({ kind, key, content, ...row }: collateral.StoredCollateral): CollateralItem {
  const { fetchedAt, source, issuerChain } = row;
  return { need: parseNeed({ kind, key }), content: new Uint8Array(content), fetchedAt, source, issuerChain };
}
