import type { StateDiskPlace } from './state-disk-types.ts';

/** What the kernel has said of the disk since it was opened. */
export interface StateDiskErrors {
  /** Sectors whose HMAC did not fit what was read: somebody else wrote them. */
  readonly integrity: number;
  /** Requests that the device failed. */
  readonly io: number;
}

export interface StateDiskWatch {
  /** Told of every change, with the sum so far. */
  readonly onErrors: (errors: StateDiskErrors) => void;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly signal: AbortSignal;
}

/** Tells of errors of an open disk until `signal` aborts. */
export async function watchStateDisk(_place: StateDiskPlace, _watch: StateDiskWatch): Promise<void> {
  throw new Error('being written');
}
