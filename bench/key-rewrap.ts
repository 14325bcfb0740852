import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRewrap, readCluster, readRewrap } from '@asterism/api-client';
import { guardKek, openKekProvider, type KekProviderSection } from '@asterism/kek';
import { createDataKey, dataKeyContext, type KekProvider } from '@asterism/keys';
import { dataKeys, inTransaction, keys, type Database } from '@asterism/persistence';
import { dataOf } from '../apps/cli/src/connection/client.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { runLoad } from './load.ts';
import { CLUSTER } from './place.ts';
import { memoryOf } from './processes.ts';
import { round } from './report.ts';

/** As the API has at a provider. */
const IN_FLIGHT = 16;
const SAMPLE = 2_000;
const BATCH = 500;
const WATCH_MS = 500;

interface Rewrapping {
  readonly api: ApiUnderTest;
  /** The API's own. */
  readonly database: Database;
  readonly before: { readonly name: string; readonly section: KekProviderSection };
  readonly after: { readonly name: string; readonly section: KekProviderSection };
  readonly count: number;
}

/** A rewrap of many data keys by the real API, beside how fast the providers unwrap and wrap one after the other. */
export async function measureRewrap({ api, database, before, after, count }: Rewrapping) {
  const { client } = api;
  const path = { cluster: CLUSTER };
  const { id: clusterId } = await dataOf(readCluster({ client, path }));
  const [old, next] = [await open(before.section), await open(after.section)];
  try {
    await fill(database, clusterId, before.name, old, count);
    const alone = await providerRate(clusterId, old, next);
    const start = await memoryOf(api.pid);
    const began = performance.now();
    const { id } = await dataOf(createRewrap({ client, path, body: { provider: after.name } }));
    const memory: number[] = [];
    let rewrap = await dataOf(readRewrap({ client, path: { ...path, rewrap: id } }));
    while (rewrap.state === 'running') {
      await sleep(WATCH_MS);
      memory.push((await memoryOf(api.pid)).resident);
      rewrap = await dataOf(readRewrap({ client, path: { ...path, rewrap: id } }));
    }
    const seconds = (performance.now() - began) / 1000;
    if (rewrap.state !== 'done') throw new Error(`the rewrap is ${rewrap.state}: ${rewrap.reason}`);
    const half = memory.slice(Math.floor(memory.length / 2));
    return {
      keys: rewrap.total,
      seconds: round(seconds),
      perSecond: round(rewrap.total / seconds, 0),
      providerPerSecond: round(alone, 0),
      ratio: round(rewrap.total / seconds / alone, 2),
      apiMiBBefore: round(start.resident),
      apiMiBHalfWay: round(half[0] ?? start.resident),
      apiMiBAtTheEnd: round(half.at(-1) ?? start.resident),
      apiMiBMost: round(Math.max(...memory)),
    };
  } finally {
    await Promise.all([old.close(), next.close()]);
  }
}

async function open(section: KekProviderSection): Promise<KekProvider> {
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const clock = {
    now: () => new Date(),
    sleep: async (milliseconds: number, signal: AbortSignal) => {
      await sleep(milliseconds, undefined, { signal });
    },
  };
  const provider = await openKekProvider(section, { clock, random });
  return guardKek(provider, {
    clock,
    random: Math.random,
    deadline: 5_000,
    attempts: 1,
    concurrency: IN_FLIGHT,
  });
}

/** Keys as the API would have made them, many in one commit. */
async function fill(
  database: Database,
  clusterId: string,
  name: string,
  provider: KekProvider,
  count: number,
): Promise<void> {
  const random = (length: number) => new Uint8Array(randomBytes(length));
  for (let from = 0; from < count; from += BATCH) {
    const names = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => {
      return { purpose: 'volume', id: `fill-${from + i}`, version: 1 } as const;
    });
    const wrapped = await inTurns(names, (key) =>
      provider.wrap(createDataKey(random), dataKeyContext(clusterId, key)),
    );
    await inTransaction(database, async (tx) => {
      for (const [i, key] of names.entries()) {
        const made = wrapped[i];
        if (made === undefined) throw new Error('no wrapped key');
        await keys.add(tx, clusterId, { ...key, owner: 'cluster' });
        const stored = { provider: name, kekVersion: made.kekVersion, wrapped: made.ciphertext };
        await dataKeys.add(tx, clusterId, key, stored);
      }
    });
  }
}

async function providerRate(clusterId: string, old: KekProvider, next: KekProvider): Promise<number> {
  const context = dataKeyContext(clusterId, { purpose: 'volume', id: 'alone', version: 1 });
  const stored = await old.wrap(new Uint8Array(randomBytes(32)), context);
  const { perSecond } = await runLoad({ count: SAMPLE, inFlight: IN_FLIGHT }, async () => {
    await next.wrap(await old.unwrap(stored, context), context);
  });
  return perSecond;
}

async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  await runLoad({ count: items.length, inFlight: IN_FLIGHT }, async (turn) => {
    const item = items[turn];
    if (item !== undefined) results[turn] = await work(item);
  });
  return results;
}
