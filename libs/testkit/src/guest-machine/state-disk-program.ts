import { execFile } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StateDisk, watchStateDisk, type StateDiskGrant, type StateDiskPlace } from '@asterism/state-disk';
import { serveGuest } from './serve.ts';

const run = promisify(execFile);

const errors: unknown[] = [];

/** What the tests of state disks have a guest do: what an agent does with its disk. */
await serveGuest({
  open: async ({ place, grant }: { place: StateDiskPlace; grant: StateDiskGrant }) => {
    const began = performance.now();
    const opened = await new StateDisk(place).open(grant);
    return { ...opened, milliseconds: performance.now() - began };
  },
  isOpen: async (place: StateDiskPlace) => new StateDisk(place).isOpen(),
  retire: async ({ place, version }: { place: StateDiskPlace; version: number }) =>
    new StateDisk(place).retireOtherKeys(version),
  close: async (place: StateDiskPlace) => new StateDisk(place).close(),
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
  run: async ([program = '', ...parameters]: readonly string[]) =>
    (await run(program, parameters, { maxBuffer: 1 << 20 })).stdout,
});
