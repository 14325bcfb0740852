import { MirrorError, type KeyMirror, type MirrorErrorCode } from '@asterism/kek';

/** An object store in memory whose faults a test switches. */
export interface MemoryMirror {
  readonly mirror: KeyMirror;
  readonly objects: Map<string, Uint8Array>;
  /** What every call fails with; undefined: none does. */
  fault: MirrorErrorCode | undefined;
  /** Calls that were begun. */
  calls: number;
  /** Awaited after the object is written, before the caller hears of it. */
  pause: Promise<void> | undefined;
}

export function createMemoryMirror(): MemoryMirror {
  const objects = new Map<string, Uint8Array>();
  const begin = () => {
    memory.calls++;
    if (memory.fault !== undefined) throw new MirrorError(memory.fault, 'no answer');
  };
  const memory: MemoryMirror = {
    objects,
    fault: undefined,
    calls: 0,
    pause: undefined,
    mirror: {
      kind: 's3',
      put: async (name, bytes) => {
        begin();
        objects.set(name, bytes.slice());
        await memory.pause;
      },
      get: async (name) => {
        begin();
        return objects.get(name)?.slice();
      },
      list: async function* (prefix) {
        begin();
        yield* [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
      },
      delete: async (name) => {
        begin();
        objects.delete(name);
      },
      close: async () => undefined,
    },
  };
  return memory;
}
