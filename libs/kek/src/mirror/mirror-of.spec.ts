import { describe, expect, it } from 'vitest';
import { mirrorOf } from './mirror-of.ts';
import { MirrorError } from './mirror-error.ts';
import type { ObjectPage, ObjectStore } from './object-store.ts';

const clock = { now: () => new Date(0), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** Pages by their tokens; an error is thrown once. */
function storeOf(
  pages: Readonly<Record<string, ObjectPage | MirrorError>>,
  asked: (string | undefined)[],
): ObjectStore {
  const broken = new Set<string>();
  const none = () => Promise.reject(new Error('not asked for'));
  return {
    ...{ put: none, get: none, delete: none, isAbsent: () => false, close: () => Promise.resolve() },
    page: async (_, from) => {
      asked.push(from);
      const page = pages[from ?? ''];
      if (page instanceof MirrorError) {
        if (!broken.has(from ?? '')) {
          broken.add(from ?? '');
          throw page;
        }
        return { keys: ['keys/b'], next: undefined };
      }
      return page ?? { keys: [], next: undefined };
    },
    toError: (error) => error as MirrorError,
  };
}

async function list(store: ObjectStore, prefix: string, attempts = 2): Promise<string[]> {
  const sleep = (milliseconds: number, signal: AbortSignal) =>
    milliseconds === 1_000
      ? new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      : clock.sleep();
  const options = { clock: { ...clock, sleep }, random: () => 0, deadline: 1_000, attempts, concurrency: 1 };
  const found: string[] = [];
  for await (const name of mirrorOf('s3', 'keys/', store, options).list(prefix)) found.push(name);
  return found;
}

describe('a list of a mirror', () => {
  it('goes on from page to page, without its folder', async () => {
    const asked: (string | undefined)[] = [];
    const pages = {
      '': { keys: ['keys/a', 'keys/b'], next: 'second' },
      second: { keys: [], next: 'third' },
      third: { keys: ['keys/c'], next: undefined },
    };
    expect(await list(storeOf(pages, asked), '')).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([undefined, 'second', 'third']);
  });

  it('asks again for the page that failed, and for no other', async () => {
    const asked: (string | undefined)[] = [];
    const pages = {
      '': { keys: ['keys/a'], next: 'second' },
      second: new MirrorError('mirror-throttled', 'of a test'),
    };
    expect(await list(storeOf(pages, asked), '')).toEqual(['a', 'b']);
    expect(asked).toEqual([undefined, 'second', 'second']);
  });

  it('takes no name that was not asked for', async () => {
    const pages = { '': { keys: ['keys/a', 'other/b'], next: undefined } };
    await expect(list(storeOf(pages, []), '')).rejects.toMatchObject({ code: 'mirror-response-invalid' });
  });
});
