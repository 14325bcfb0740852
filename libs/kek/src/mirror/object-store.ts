import type { MirrorError } from './mirror-error.ts';

/** A page of names, and where the next one begins. */
export interface ObjectPage {
  readonly keys: readonly string[];
  readonly next: string | undefined;
}

/** What a mirror is made of: the objects of one bucket. Each call is one request, and throws what its client throws. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Undefined, or an error that `isAbsent` knows, where there is none. */
  get(key: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  page(prefix: string, from: string | undefined, signal: AbortSignal): Promise<ObjectPage>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  isAbsent(error: unknown): boolean;
  toError(error: unknown): MirrorError;
  close(): Promise<void>;
}
