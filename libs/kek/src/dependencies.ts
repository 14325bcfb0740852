import type { RandomSource } from '@asterism/keys';

/** Time as a parameter: tests own it. */
export interface Clock {
  now(): Date;
  /** @throws the signal's reason, once it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** What a provider is given beside its section. */
export interface KekDependencies {
  readonly clock: Clock;
  readonly random: RandomSource;
}
