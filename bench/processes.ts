import { readdir, readFile } from 'node:fs/promises';

/** Kernel ticks a second (`getconf CLK_TCK`), the same on every Linux that Node runs on. */
const TICKS = 100;
const KIB = 1024;

/** Resident memory of a process in MiB: now, and the most it ever was. */
export async function memoryOf(pid: number): Promise<{ readonly resident: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / KIB;
  return { resident: read('VmRSS'), peak: read('VmHWM') };
}

/** Processor time of a process so far in milliseconds, proc(5). */
export async function cpuOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' ? 0 : ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

/** Of all processes that `isOne` picks by command line; ended ones are not counted. */
export async function cpuOfAll(isOne: (command: string) => boolean): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  let total = 0;
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (isOne(command.replaceAll('\0', ' '))) total += await cpuOf(Number(pid));
  }
  return total;
}
