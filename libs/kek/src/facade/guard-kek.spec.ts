import {
  KekError,
  type KekContext,
  type KekErrorCode,
  type KekProvider,
  type WrappedKey,
} from '@asterism/keys';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../dependencies.ts';
import type { AttemptEvent, AttemptOptions } from './attempts.ts';
import { guardKek } from './guard-kek.ts';

const CONTEXT: KekContext = { cluster: '5f1c8f2e-7a3b-4e7c-9d0e-0123456789ab', key: 'volume/one/1' };
const KEY = new Uint8Array(32).fill(7);

/** Who sleeps wakes at once, that much later; the deadline passes with the sleeps. */
class FakeClock implements Clock {
  readonly slept: number[] = [];
  #now = 0;
  readonly #timers: { at: number; wake: () => void }[] = [];

  now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers) if (timer.at <= this.#now) timer.wake();
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (milliseconds === DEADLINE) {
        this.#timers.push({ at: this.#now + milliseconds, wake: resolve });
        return;
      }
      this.slept.push(milliseconds);
      this.advance(milliseconds);
      setImmediate(resolve);
    });
  }
}

const DEADLINE = 10_000;

/** XORs, and does to a call what the script says before. */
class ScriptedProvider implements KekProvider {
  readonly kind = 'vault';
  calls = 0;
  running = 0;
  mostRunning = 0;
  readonly #script: (() => unknown)[];

  constructor(...script: (() => unknown)[]) {
    this.#script = script;
  }

  async #step<Result>(result: Result): Promise<Result> {
    this.calls += 1;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running -= 1;
    const answer = (await this.#script.shift()?.()) as Result | undefined;
    return answer ?? result;
  }

  wrap(plaintext: Uint8Array): Promise<WrappedKey> {
    return this.#step({
      kekVersion: '1',
      ciphertext: Uint8Array.of(1, ...plaintext.map((byte) => byte ^ 0x55)),
    });
  }

  unwrap({ ciphertext }: WrappedKey): Promise<Uint8Array> {
    return this.#step(ciphertext.slice(1).map((byte) => byte ^ 0x55));
  }

  describe() {
    return this.#step({ state: 'enabled', kekVersion: '1', algorithm: 'xor' } as const);
  }

  async close(): Promise<void> {}
}

const fail = (code: KekErrorCode, retryAfter?: number) => () => {
  throw new KekError(code, 'of a test', retryAfter === undefined ? {} : { retryAfter });
};
const passed = () => undefined;

function guard(provider: KekProvider, options: Partial<AttemptOptions> = {}) {
  const clock = new FakeClock();
  const events: AttemptEvent[] = [];
  const onEvent = (event: AttemptEvent) => void events.push(event);
  const defaults = { clock, random: () => 0, deadline: DEADLINE, attempts: 4, concurrency: 8, onEvent };
  return { clock, events, guarded: guardKek(provider, { ...defaults, ...options }) };
}

describe('guardKek', () => {
  it('tries again what can be different in a moment, with doubling waits', async () => {
    const provider = new ScriptedProvider(
      fail('kek-unreachable'),
      fail('kek-throttled'),
      fail('kek-response-invalid'),
    );
    const { clock, events, guarded } = guard(provider);
    expect(await guarded.describe()).toMatchObject({ state: 'enabled' });
    expect(clock.slept).toEqual([50, 100, 200]);
    expect(events.map(({ attempt, outcome, retryIn }) => [attempt, outcome, retryIn])).toEqual([
      [1, 'kek-unreachable', 50],
      [2, 'kek-throttled', 100],
      [3, 'kek-response-invalid', 200],
      [4, 'ok', undefined],
    ]);
  });

  it('spreads the waits', async () => {
    const { clock, guarded } = guard(new ScriptedProvider(fail('kek-unreachable')), { random: () => 0.5 });
    await guarded.describe();
    expect(clock.slept).toEqual([75]);
  });

  it('waits as long as the service asks', async () => {
    const { clock, guarded } = guard(new ScriptedProvider(fail('kek-throttled', 3)));
    await guarded.describe();
    expect(clock.slept).toEqual([3_000]);
  });

  it('gives up where the service asks for more than there is time', async () => {
    const provider = new ScriptedProvider(fail('kek-throttled', 30));
    const { guarded } = guard(provider);
    await expect(guarded.describe()).rejects.toMatchObject({ code: 'kek-throttled' });
    expect(provider.calls).toBe(1);
  });

  it('gives up after the last attempt', async () => {
    const provider = new ScriptedProvider(...Array.from({ length: 9 }, () => fail('kek-unreachable')));
    await expect(guard(provider).guarded.describe()).rejects.toMatchObject({ code: 'kek-unreachable' });
    expect(provider.calls).toBe(4);
  });

  it.each([
    'kek-disabled',
    'kek-unknown',
    'kek-denied',
    'kek-wrong-region',
    'kek-ciphertext-wrong',
    'kek-configuration-invalid',
  ] as const)('never tries %s again', async (code) => {
    const provider = new ScriptedProvider(fail(code));
    const wrapped = { kekVersion: '1', ciphertext: new Uint8Array(33) };
    await expect(guard(provider).guarded.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ code });
    expect(provider.calls).toBe(1);
  });

  it('ends at its deadline, whatever the provider listens to', async () => {
    const { clock, events, guarded } = guard(new ScriptedProvider(() => new Promise(() => undefined)));
    const call = guarded.describe();
    setTimeout(() => clock.advance(DEADLINE), 10);
    await expect(call).rejects.toMatchObject({
      code: 'kek-unreachable',
      message: 'describe: no answer in time',
    });
    expect(events).toMatchObject([{ outcome: 'kek-unreachable', retryIn: undefined }]);
  });

  it('ends with its caller', async () => {
    const { guarded } = guard(new ScriptedProvider(() => new Promise(() => undefined)));
    const caller = new AbortController();
    const call = guarded.describe({ signal: caller.signal });
    setTimeout(() => caller.abort(new Error('gone')), 10);
    await expect(call).rejects.toThrow('gone');
  });

  it('asks so many times at once, and no more; one that failed makes room while it waits', async () => {
    const provider = new ScriptedProvider(fail('kek-unreachable'), fail('kek-unreachable'));
    const { guarded } = guard(provider, { concurrency: 2 });
    await Promise.all(Array.from({ length: 9 }, () => guarded.describe()));
    expect([provider.mostRunning, provider.calls]).toEqual([2, 11]);
  });

  it('leaves the queue at its deadline', async () => {
    const provider = new ScriptedProvider(() => new Promise(() => undefined));
    const { clock, guarded } = guard(provider, { concurrency: 1 });
    const calls = [guarded.describe(), guarded.describe()];
    setTimeout(() => clock.advance(DEADLINE), 20);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(provider.calls).toBe(1);
    expect(await guarded.describe()).toMatchObject({ state: 'enabled' });
  });

  const opened = (bytes: Uint8Array) => () => bytes;
  it.each([
    ['opens to other bytes', passed, opened(new Uint8Array(32))],
    ['opens to fewer bytes', passed, opened(new Uint8Array(16).fill(7))],
    ['does not open', passed, fail('kek-ciphertext-wrong')],
    ['names no version', () => ({ kekVersion: '', ciphertext: new Uint8Array(64) }), passed],
    ['is no longer than the key', () => ({ kekVersion: '1', ciphertext: KEY }), passed],
    ['is impossibly long', () => ({ kekVersion: '1', ciphertext: new Uint8Array(8193) }), passed],
  ])('S25 hands no wrapped key on that %s', async (_, wrap, unwrap) => {
    const provider = new ScriptedProvider(wrap, unwrap);
    const { guarded } = guard(provider, { attempts: 1 });
    await expect(guarded.wrap(KEY, CONTEXT)).rejects.toMatchObject({ code: 'kek-response-invalid' });
  });

  it('hands no key on that is of an impossible length', async () => {
    for (const length of [0, 15, 97]) {
      const { guarded } = guard(new ScriptedProvider(opened(new Uint8Array(length))), { attempts: 1 });
      const call = guarded.unwrap({ kekVersion: '1', ciphertext: new Uint8Array(64) }, CONTEXT);
      await expect(call).rejects.toMatchObject({ code: 'kek-response-invalid' });
    }
  });

  it('says of a key that does not wrap that it is disabled, not that a ciphertext is wrong', async () => {
    const { guarded } = guard(new ScriptedProvider(fail('kek-ciphertext-wrong')));
    await expect(guarded.wrap(KEY, CONTEXT)).rejects.toMatchObject({
      code: 'kek-disabled',
      outcome: 'undecided',
    });
  });

  it('wraps again what did not open', async () => {
    const provider = new ScriptedProvider(passed, opened(new Uint8Array(32)));
    const wrapped = await guard(provider).guarded.wrap(KEY, CONTEXT);
    expect([provider.calls, wrapped.kekVersion]).toEqual([4, '1']);
  });

  it('takes no key and no context that are none', async () => {
    const { guarded } = guard(new ScriptedProvider());
    for (const length of [0, 15, 97]) {
      await expect(guarded.wrap(new Uint8Array(length), CONTEXT)).rejects.toThrow(RangeError);
    }
    await expect(guarded.wrap(KEY, { ...CONTEXT, key: '' })).rejects.toThrow(RangeError);
    await expect(guarded.wrap(KEY, { ...CONTEXT, cluster: '' })).rejects.toThrow(RangeError);
  });
});
