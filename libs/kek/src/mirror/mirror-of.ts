import { Attempts, type AttemptErrors, type AttemptOptions } from '../facade/attempts.ts';
import type { KeyMirror, MirrorCallOptions } from './key-mirror.ts';
import { MirrorError } from './mirror-error.ts';
import type { ObjectStore } from './object-store.ts';

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const PREFIX = /^(?:[A-Za-z0-9._-]+\/)*[A-Za-z0-9._-]*$/;
const LONGEST = 512;
/** A wrapped key and its record; what is larger is not ours, and is not read into memory twice. */
const MOST_BYTES = 65_536;

const ERRORS: AttemptErrors = {
  recognise: (error) => (error instanceof MirrorError ? error : undefined),
  late: (operation, milliseconds) =>
    new MirrorError('mirror-unreachable', `${operation}: no answer in time`, { want: `${milliseconds} ms` }),
};

/** A mirror of an object store's folder: names checked, errors translated, requests tried again, page by page. */
export function mirrorOf(
  kind: KeyMirror['kind'],
  folder: string,
  store: ObjectStore,
  options: AttemptOptions,
): KeyMirror {
  const attempts = new Attempts(options, ERRORS);
  const run = <Result>(
    operation: string,
    { signal }: MirrorCallOptions,
    task: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> =>
    attempts.run(
      operation,
      (ended) =>
        task(ended).catch((error: unknown) => {
          throw store.toError(error);
        }),
      signal,
    );
  return {
    kind,
    put: async (name, bytes, call = {}) => {
      const key = folder + checked(name, NAME);
      if (bytes.length > MOST_BYTES) throw new RangeError(`${bytes.length} bytes are no wrapped key`);
      await run('put', call, (signal) => store.put(key, bytes, signal));
    },
    get: async (name, call = {}) => {
      const key = folder + checked(name, NAME);
      return run('get', call, (signal) =>
        store
          .get(key, signal)
          .then(bounded)
          .catch((error: unknown) => {
            if (store.isAbsent(error)) return undefined;
            throw error;
          }),
      );
    },
    list: async function* (prefix, call = {}) {
      const begin = folder + checked(prefix, PREFIX);
      let from: string | undefined;
      do {
        const { keys, next } = await run('list', call, (signal) => store.page(begin, from, signal));
        for (const key of keys) yield nameOf(key, begin, folder);
        from = next;
      } while (from !== undefined);
    },
    delete: async (name, call = {}) => {
      const key = folder + checked(name, NAME);
      await run('delete', call, (signal) =>
        store.delete(key, signal).catch((error: unknown) => {
          if (!store.isAbsent(error)) throw error;
        }),
      );
    },
    close: () => store.close(),
  };
}

function checked(name: string, pattern: RegExp): string {
  if (name.length > LONGEST || !pattern.test(name)) throw new RangeError('this is no name of a mirrored key');
  return name;
}

function bounded(bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes !== undefined && bytes.length > MOST_BYTES)
    throw new MirrorError('mirror-response-invalid', 'what came back is no wrapped key', {
      got: bytes.length,
    });
  return bytes;
}

function nameOf(key: string, begin: string, folder: string): string {
  if (!key.startsWith(begin))
    throw new MirrorError('mirror-response-invalid', 'the storage listed what was not asked for');
  return key.slice(folder.length);
}
