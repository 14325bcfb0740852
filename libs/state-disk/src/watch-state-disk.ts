import { constants, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { StateDiskError } from './errors.ts';
import { findMapping } from './mapping.ts';
import type { StateDiskPlace } from './state-disk-types.ts';

/** What the kernel has said of the disk since the watch began. It leaves some out of a flood. */
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

/** One record a read; longer ones do not exist (kernel, Documentation/ABI/testing/dev-kmsg). */
const RECORD_SIZE = 8192;
/** The counters of dm-integrity do not move: it keeps the tags, dm-crypt checks them. */
const PATTERNS = {
  integrity: /device-mapper: crypt: (dm-\d+): INTEGRITY AEAD ERROR, sector \d+/,
  io: /I\/O error,? (?:on )?dev(?:ice)? ([^ ,)]+)/,
} as const;

/**
 * Tells of errors of an open disk, from the kernel's log, until `signal` aborts: a changed sector gives whoever reads it an I/O
 * error, and nobody else learns of it. Needs root. Resolves at once with `header-only`.
 * @throws StateDiskError `state-disk-missing` (not mapped), `state-disk-io-error` (no kernel log)
 */
export async function watchStateDisk(place: StateDiskPlace, watch: StateDiskWatch): Promise<void> {
  if (place.activation === 'header-only') return;
  const { onErrors, interval, signal } = watch;
  const names = await kernelNames(place.mapping);
  await using log = await openLog();
  while (nextRecord(log) !== null); // what was before
  for (let sum: StateDiskErrors = { integrity: 0, io: 0 }; !signal.aborted;) {
    const before = sum;
    for (let record = nextRecord(log); record !== null; record = nextRecord(log)) {
      sum = counted(sum, record, names);
    }
    if (sum !== before) onErrors(sum);
    await pause(interval, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** With what a record of the kernel's log says of these devices; the same object where it says nothing. Pure. */
export function counted(sum: StateDiskErrors, record: string, names: ReadonlySet<string>): StateDiskErrors {
  for (const kind of ['integrity', 'io'] as const) {
    const device = PATTERNS[kind].exec(record)?.[1];
    if (device !== undefined && names.has(device)) return { ...sum, [kind]: sum[kind] + 1 };
  }
  return sum;
}

/** Of the mapping and of the layer of tags below it: kernels name the one or the other. */
async function kernelNames(mapping: string): Promise<ReadonlySet<string>> {
  const found = await Promise.all([mapping, `${mapping}_dif`].map(findMapping));
  const names = found.flatMap((each) => each?.device ?? []);
  if (found[0] === null) throw new StateDiskError('state-disk-missing', `no mapping ${mapping} to watch`);
  return new Set(names);
}

async function openLog(): Promise<FileHandle> {
  try {
    return await open('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new StateDiskError('state-disk-io-error', 'the kernel log cannot be read', { cause });
  }
}

/**
 * Null at the end of what there is. It never blocks, so it is read in place: a long log that is passed over record by record in
 * other threads takes seconds, and what is said meanwhile would be passed over with it.
 */
function nextRecord(log: FileHandle): string | null {
  const buffer = new Uint8Array(RECORD_SIZE);
  try {
    const bytesRead = readSync(log.fd, buffer, 0, buffer.length, null);
    return bytesRead === 0 ? null : Buffer.from(buffer.subarray(0, bytesRead)).toString('utf8');
  } catch (cause) {
    const errno = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (errno === 'EAGAIN') return null;
    if (errno === 'EPIPE') return ''; // overwritten before it was read
    throw new StateDiskError('state-disk-io-error', 'the kernel log cannot be read', { cause });
  }
}
