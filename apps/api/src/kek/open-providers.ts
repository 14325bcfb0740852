import {
  guardKek,
  openKekProvider,
  openKeyMirror,
  readKekConfiguration,
  type AttemptOptions,
  type Clock,
  type KeyMirror,
} from '@asterism/kek';
import type { KekProvider } from '@asterism/keys';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Closers } from '../start/closers.ts';
import type { Metrics } from '../platform/metrics.ts';

/** What the file of ASTERISM_KEK_CONFIG names. Requests and answers know these names and nothing behind them. */
export interface KekServices {
  /** Each behind its façade: tried again inside of a deadline, and checked. */
  readonly providers: ReadonlyMap<string, KekProvider>;
  readonly mirrors: ReadonlyMap<string, KeyMirror>;
}

export interface KekServicesOptions {
  /** Absent: no provider and no mirror. */
  readonly file: string | undefined;
  readonly clock: () => Date;
  readonly random: (length: number) => Uint8Array;
  readonly metrics: Pick<Metrics, 'kekCalls'>;
}

/** Shorter than a client's patience, and than the life of an `Idempotency-Key` that is being worked on. */
const DEADLINE_MS = 5_000;
const ATTEMPTS = 6;
/** A service throttles who asks for more at once. */
const CONCURRENCY = 32;

/**
 * Opens every provider and mirror of the file. Nobody is asked anything: what is down opens, and fails when it is used.
 * @throws KekError `kek-configuration-invalid`
 */
export async function openKekServices(options: KekServicesOptions, closers: Closers): Promise<KekServices> {
  const { file, random } = options;
  const providers = new Map<string, KekProvider>();
  const mirrors = new Map<string, KeyMirror>();
  if (file === undefined) return { providers, mirrors };
  const configuration = await readKekConfiguration(file);
  const clock = systemClock(options.clock);
  for (const [name, section] of Object.entries(configuration.providers)) {
    const provider = await openKekProvider(section, { clock, random });
    closers.add(`KEK provider ${name}`, () => provider.close());
    providers.set(name, guardKek(provider, attempts(options, clock, provider.kind)));
  }
  for (const [name, section] of Object.entries(configuration.mirrors)) {
    const mirror = await openKeyMirror(section, attempts(options, clock, section.kind));
    closers.add(`key mirror ${name}`, () => mirror.close());
    mirrors.set(name, mirror);
  }
  return { providers, mirrors };
}

function attempts({ metrics, random }: KekServicesOptions, clock: Clock, kind: string): AttemptOptions {
  return {
    clock,
    random: () => fractionOf(random(4)),
    deadline: DEADLINE_MS,
    attempts: ATTEMPTS,
    concurrency: CONCURRENCY,
    onEvent: ({ operation, outcome, milliseconds }) =>
      metrics.kekCalls.observe({ kind, operation, outcome }, milliseconds / 1_000),
  };
}

function systemClock(now: () => Date): Clock {
  return {
    now,
    sleep: async (milliseconds, signal) => {
      await sleep(milliseconds, undefined, { signal }).catch((cause: unknown) => {
        throw signal.aborted ? signal.reason : cause;
      });
    },
  };
}

function fractionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}
