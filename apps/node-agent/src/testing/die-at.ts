import childProcess from 'node:child_process';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** What changes something on a machine, or asks another program to. */
const OPERATIONS = ['open', 'rename', 'rm', 'mkdir', 'writeFile'] as const;

/**
 * This process is killed in front of its nth operation, as `kill -9` would: for tests that look at what is left.
 * @param nth from 1; 0: never
 */
export function dieAt(nth: number): void {
  if (nth === 0) return;
  let done = 0;
  const count = () => {
    if (++done === nth) process.kill(process.pid, 'SIGKILL');
  };
  const mutable = files as unknown as Record<string, (...parameters: unknown[]) => unknown>;
  for (const name of OPERATIONS) {
    const real = mutable[name];
    mutable[name] = (...parameters) => {
      count();
      return real?.(...parameters);
    };
  }
  const programs = childProcess as unknown as Record<string, (...parameters: unknown[]) => unknown>;
  const execFile = programs['execFile'];
  programs['execFile'] = (...parameters) => {
    count();
    return execFile?.(...parameters);
  };
  syncBuiltinESMExports();
}
