import { readlink } from 'node:fs/promises';
import { listProcesses, signalProcess } from '../access/processes.ts';

/** What ends may have started something else meanwhile. */
const ROUNDS = 10;

/**
 * Ends what somebody has left running on this machine, whoever its parent is now: all that is in the mount namespace of the
 * launcher, but the launcher and what is to be kept. A launcher without a namespace of its own cannot tell, and ends nothing.
 */
export async function endLeftovers(kept: readonly number[]): Promise<void> {
  const own = await namespaceOf('self');
  if (own === null || own === (await namespaceOf(process.ppid))) return;
  for (let round = 0; round < ROUNDS; round++) {
    const left = [];
    for (const each of await listProcesses()) {
      if (each.pid === process.pid || kept.includes(each.pid)) continue;
      if ((await namespaceOf(each.pid)) === own) left.push(each);
    }
    if (left.length === 0) return;
    for (const each of left) await signalProcess(each, 'SIGKILL');
  }
}

/** Null where the process has ended, or is none of ours to look at. */
function namespaceOf(pid: number | 'self'): Promise<string | null> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => null);
}
