export interface MirrorCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * A second place for wrapped keys, for the day on which the database is lost. What lies in it is worth nothing without the
 * KEK, and nothing is ever read from it while the database is there. Every request is tried again where that can help.
 * All methods throw MirrorError, and RangeError for what is no name.
 */
export interface KeyMirror {
  readonly kind: 's3' | 'azure-blob' | 'gcs';
  /** Replaces what has that name. @param name `[A-Za-z0-9._-]` in parts between slashes, 512 at most */
  put(name: string, bytes: Uint8Array, options?: MirrorCallOptions): Promise<void>;
  /** Undefined where nothing has that name. */
  get(name: string, options?: MirrorCallOptions): Promise<Uint8Array | undefined>;
  /** Names that begin so, in the order of their bytes, page after page. */
  list(prefix: string, options?: MirrorCallOptions): AsyncIterable<string>;
  /** Also where nothing has that name. */
  delete(name: string, options?: MirrorCallOptions): Promise<void>;
  close(): Promise<void>;
}
