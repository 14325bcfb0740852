import { readdir, readFile } from 'node:fs/promises';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose command line or working folder names a path: what a start on that folder has left running. */
export async function processesUnder(path: string): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid): Promise<RunningProcess | null> => {
      if (pid === process.pid) return null;
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
        .replaceAll('\0', ' ')
        .trim();
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return command.includes(path) || environment.includes(path) ? { pid, command } : null;
    }),
  );
  return found.filter((process) => process !== null);
}
