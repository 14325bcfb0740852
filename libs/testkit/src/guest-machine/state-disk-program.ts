import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StateDisk, watchStateDisk, type StateDiskGrant, type StateDiskPlace } from '@asterism/state-disk';
import { serveGuest } from './serve.ts';

const run = promisify(execFile);

interface Spot {
  readonly device: string;
  readonly offset: number;
}

/** By mapping: a later call finds the disk that an earlier one opened. */
const disks = new Map<string, StateDisk>();
function diskAt(place: StateDiskPlace): StateDisk {
  const disk = disks.get(place.mapping) ?? new StateDisk(place);
  disks.set(place.mapping, disk);
  return disk;
}
const errors: unknown[] = [];

/** What the tests of state disks have a guest do: what an agent does, and what a host can do to a raw disk. */
await serveGuest({
  open: async ({ place, grant }: { place: StateDiskPlace; grant: StateDiskGrant }) => {
    const began = performance.now();
    const opened = await diskAt(place).open(grant);
    return { ...opened, milliseconds: performance.now() - began };
  },
  isOpen: async (place: StateDiskPlace) => diskAt(place).isOpen(),
  retire: async ({ place, version }: { place: StateDiskPlace; version: number }) =>
    diskAt(place).retireOtherKeys(version),
  close: async (place: StateDiskPlace) => diskAt(place).close(),
  /** As an agent that was killed and started again. */
  forget: (place: StateDiskPlace) => void disks.delete(place.mapping),
  watch: (place: StateDiskPlace) => {
    const watch = { interval: 50, signal: AbortSignal.timeout(600_000) };
    void watchStateDisk(place, { ...watch, onErrors: (sum) => void errors.push(sum) });
  },
  errors: () => errors,
  write: async ({ file, text }: { file: string; text: string }) => {
    await using handle = await open(file, 'a');
    await handle.appendFile(text);
    await handle.sync();
  },
  read: async (file: string) => readFile(file, 'utf8'),
  makeFolder: async (folder: string) => void (await mkdir(folder, { recursive: true })),
  keep: async ({ file, bytes }: { file: string; bytes: Uint8Array }) => writeFile(file, bytes),
  rawRead: async ({ device, offset, length }: Spot & { length: number }) => {
    await using handle = await open(device, 'r');
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  },
  rawWrite: async ({ device, offset, bytes }: Spot & { bytes: Uint8Array }) => {
    await using handle = await open(device, 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
    await handle.sync();
  },
  /** SHA-256 of all of it. */
  digest: async (device: string) => {
    const hash = createHash('sha256');
    await using handle = await open(device, 'r');
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  },
  run: async ([program = '', ...parameters]: readonly string[]) =>
    (await run(program, parameters, { maxBuffer: 1 << 20 })).stdout,
});
