import { followEvents, type Database, type Subscription } from '@asterism/persistence';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import type { Sealing } from '../platform/sealing.ts';

export interface UnsealingOptions {
  readonly database: Database;
  readonly sealing: Sealing;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  /** Milliseconds of the first pause, and of the longest. */
  readonly pauses?: { readonly first: number; readonly longest: number };
}

const PAUSES = { first: 1_000, longest: 30_000 };

/**
 * Tries the seal again while the keys are sealed, with back-off, and at once when another replica has unsealed: what was
 * made there may open here.
 */
export async function startUnsealing(options: UnsealingOptions): Promise<{ stop(): Promise<void> }> {
  const { sealing, logger, stopping, pauses = PAUSES } = options;
  const stopped = new AbortController();
  const signal = AbortSignal.any([stopping, stopped.signal]);
  let woken = new AbortController();
  const subscription = await followSeal(options, () => woken.abort());
  const run = async () => {
    let pause = pauses.first;
    while (!signal.aborted) {
      const waiting = sealing.isOpen ? pauses.longest : pause;
      await sleep(waiting, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(
        () => undefined,
      );
      if (signal.aborted) return;
      woken = woken.signal.aborted ? new AbortController() : woken;
      if (sealing.isOpen) pause = pauses.first;
      else pause = Math.min(2 * pause, pauses.longest);
      await sealing.unseal('system').catch((cause: unknown) => {
        logger.warn({ err: cause }, 'cannot try the seal');
      });
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped.abort();
      await subscription.close();
      await running;
    },
  };
}

function followSeal(
  { database, sealing, logger }: UnsealingOptions,
  wake: () => void,
): Promise<Subscription> {
  return followEvents(
    database,
    (page) => {
      for (const { type, data } of page) {
        if (type !== 'seal.changed') continue;
        if (data['action'] === 'seal.kek-replaced' && data['slot'] !== sealing.slot) sealing.drop();
        wake();
      }
    },
    { onFault: (error) => logger.warn({ err: error }, 'cannot follow the seal') },
  );
}
