import { followEvents, mirroredKeys, type Subscription } from '@asterism/persistence';
import { MirrorWorker } from '../mirrors/mirror-worker.ts';
import { Repeated } from '../node/repeated.ts';
import type { Platform } from '../platform/platform.ts';
import { RewrapWorker } from '../rewraps/rewrap-worker.ts';

const LOOK_EVERY_MS = 1_000;
/** A look goes over every wrapped key. */
const MIRROR_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 30_000;

/**
 * What no request waits for: rewraps and mirrors go on, cached keys leave memory at their bound though nobody asks, and a
 * key that another replica has destroyed leaves it at once.
 */
export async function startKeyUpkeep(platform: Platform): Promise<{ stop(): Promise<void> }> {
  const { database, kek, metrics, logger, stopping, dataKeys, sealing, resultSigner } = platform;
  const { providers } = kek;
  const rewraps = new RewrapWorker({ database, providers, metrics, logger, stopping });
  const names = [...kek.mirrors.keys()];
  const mirrors = [...kek.mirrors].map(
    ([name, mirror]) =>
      new MirrorWorker({
        database,
        name,
        mirror,
        mirrors: names,
        signer: resultSigner,
        sealing,
        logger,
        stopping,
      }),
  );
  const count = async () => metrics.unmirrored.set(await mirroredKeys.countPending(database.queries, names));
  const repeat = (name: string, interval: number, run: () => Promise<void>) =>
    new Repeated({ name, interval, run }, logger);
  const tasks = [
    repeat('key-cache', SWEEP_EVERY_MS, async () => dataKeys.sweep()),
    ...(providers.size === 0 ? [] : [repeat('rewraps', LOOK_EVERY_MS, () => rewraps.look())]),
    ...mirrors.map((mirror) => repeat('key-mirror', MIRROR_EVERY_MS, () => mirror.look())),
    ...(names.length === 0 ? [] : [repeat('unmirrored-keys', SWEEP_EVERY_MS, count)]),
  ];
  const destroyed = await followDestroyed(platform);
  return {
    stop: async () => {
      await destroyed.close();
      await Promise.all(tasks.map((task) => task.stop()));
      await Promise.all(mirrors.map((mirror) => mirror.leave()));
    },
  };
}

function followDestroyed({ database, dataKeys, logger }: Platform): Promise<Subscription> {
  return followEvents(
    database,
    (page) => {
      for (const { type, clusterId, data } of page) {
        if (type !== 'key.changed' || data['change'] !== 'destroyed' || clusterId === null) continue;
        const { purpose, id, version } = data as { purpose: 'volume'; id: string; version: number };
        dataKeys.forget({ id: clusterId }, { purpose, id, version });
      }
    },
    { onFault: (error) => logger.warn({ err: error }, 'cannot follow destroyed keys') },
  );
}
