import { Injectable } from '@nestjs/common';
import { importBundle, needKey, toBundle, verifyItem, type VerifiedItem } from '@asterism/collateral';
import type { CollateralBundle, CollateralEntry, CollateralImport } from '@asterism/contracts';
import { audit, collateral } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';
import { toItem } from './database-store.ts';
import { putCollateral } from './put-collateral.ts';

/** Most items of a bundle; certificates of chips are by far the most of them. */
const MOST_ITEMS = 4096;

type Refused = CollateralImport['refused'][number];

@Injectable()
export class CollateralService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async list(query: PageQuery): Promise<{ items: CollateralEntry[]; nextCursor: string | null }> {
    const { items, nextCursor } = await collateral.list(this.#platform.database.queries, query);
    return { items: items.map(toEntry), nextCursor };
  }

  /** Everything that is current. It is verified by whoever imports it. */
  async bundle(): Promise<CollateralBundle> {
    const { database } = this.#platform;
    const rows = await collateral.all(database.queries, MOST_ITEMS);
    return toBundle(rows.filter(({ nextUpdate }) => database.clock() < nextUpdate).map(toItem));
  }

  async import(caller: Caller, bundle: CollateralBundle): Promise<CollateralImport> {
    const { database, collateral: source } = this.#platform;
    const now = database.clock();
    const { admitted, refused } = await importBundle(bundle, (item) => verifyItem(item, source.roots, now));
    const told = refused.map(({ kind, key, error }) => ({
      kind,
      key,
      code: error.code,
      message: error.message,
    }));
    return change(database, caller, async (tx) => {
      const imported: VerifiedItem[] = [];
      const older: VerifiedItem[] = [];
      for (const item of admitted) ((await putCollateral(tx, item)) ? imported : older).push(item);
      audit.append(tx, {
        clusterId: null,
        actor: caller.principal.actor,
        action: 'collateral.imported',
        target: 'collateral',
        details: { imported: imported.map(nameOf), refused: told.map(({ kind, key }) => `${kind} ${key}`) },
      });
      return {
        imported: imported.map((item) => toEntry({ ...needKey(item.item.need), ...item.item, ...item })),
        refused: [...(told as Refused[]), ...older.map(toOlder)],
      };
    });
  }
}

function toEntry(facts: collateral.CollateralFacts): CollateralEntry {
  const { kind, key, issuer, source, contentSha256, thisUpdate, nextUpdate, fetchedAt } = facts;
  return {
    kind: kind as CollateralEntry['kind'],
    key,
    issuer,
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate.toISOString(),
    fetchedAt: fetchedAt.toISOString(),
    source,
    contentSha256,
  };
}

function nameOf({ item }: VerifiedItem): string {
  const { kind, key } = needKey(item.need);
  return `${kind} ${key}`;
}

function toOlder({ item, thisUpdate }: VerifiedItem): Refused {
  const message = `a newer one is here than that of ${thisUpdate.toISOString()}`;
  return { ...needKey(item.need), code: 'collateral-older', message };
}
