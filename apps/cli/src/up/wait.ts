import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../errors.ts';

export interface Waiting {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** What stands in the way, for the error. */
  readonly obstacle?: () => Promise<string>;
}

const POLL_MS = 50;

/**
 * Asks until there is an answer.
 * @throws StartError `timeout`, `interrupted`
 */
export async function waitFor<Answer>(
  { what, seconds, signal, obstacle }: Waiting,
  ask: () => Promise<Answer | null>,
): Promise<Answer> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    if (signal.aborted) throw new StartError('interrupted', `interrupted while waiting for ${what}`);
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) {
      const because = obstacle === undefined ? '' : `: ${await obstacle()}`;
      throw new StartError('timeout', `${what} did not happen within ${seconds} s${because}`);
    }
    await delay(POLL_MS);
  }
}
