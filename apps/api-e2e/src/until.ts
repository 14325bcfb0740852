import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 50;

/** Asks until the answer is there. @throws Error with `what` after `seconds` */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false | null>,
  seconds = 30,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await delay(PAUSE_MS);
  }
}
