import { constants } from 'node:os';

export type Errno = keyof typeof constants.errno;

/** What a system call fails with. */
export class KernelError extends Error {
  readonly errno: Errno;

  constructor(errno: Errno) {
    super(errno);
    this.name = 'KernelError';
    this.errno = errno;
  }
}

/** A file whose contents are made at each opening. What it has no function for is refused with EACCES. */
export interface SyntheticFile {
  readonly kind: 'file';
  readonly read?: () => Uint8Array | Promise<Uint8Array>;
  readonly write?: (bytes: Uint8Array) => void | Promise<void>;
  /**
   * `at-once`: each write(2) is an act (sysfs, text of configfs). `at-close`: what was written counts once the file is
   * closed, and nobody hears of a failure (binary attributes of configfs).
   */
  readonly takes: 'at-once' | 'at-close';
  /** Bytes that it takes at most. */
  readonly limit: number;
}

export interface SyntheticDirectory {
  readonly kind: 'directory';
  readonly entries: Map<string, SyntheticNode>;
  /** Makes an entry; without it mkdir(2) fails with EPERM, as rmdir(2) without `remove`. */
  readonly create?: (name: string) => SyntheticDirectory;
  readonly remove?: (name: string) => void;
}

export type SyntheticNode = SyntheticFile | SyntheticDirectory;

export function directory(entries: Readonly<Record<string, SyntheticNode>>): SyntheticDirectory {
  return { kind: 'directory', entries: new Map(Object.entries(entries)) };
}

export function textFile(read: () => string): SyntheticFile {
  return { kind: 'file', takes: 'at-once', limit: 0, read: () => Buffer.from(`${read()}\n`) };
}

export function errorNumber(error: unknown): number {
  if (error instanceof KernelError) return constants.errno[error.errno];
  return constants.errno.EIO;
}
