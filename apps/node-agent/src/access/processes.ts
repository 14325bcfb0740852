import { spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process, known by its number and when it started: numbers come back. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since the boot, proc(5). */
  readonly startedAt: string;
}

export interface RunningProcess extends ProcessId {
  readonly parent: number;
  readonly name: string;
  /** Real uid. */
  readonly uid: number;
}

/** Undefined where it has ended. */
export async function readProcess(pid: number): Promise<RunningProcess | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name is in brackets and may have anything in it.
    const end = stat.lastIndexOf(')');
    const name = stat.slice(stat.indexOf('(') + 1, end);
    const [state, parent, ...rest] = stat.slice(end + 2).split(' ');
    const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
    if (state === 'Z' || state === 'X' || uid === undefined) return undefined;
    return { pid, name, parent: Number(parent), startedAt: rest[17] ?? '', uid: Number(uid) };
  } catch {
    return undefined;
  }
}

export async function isRunning({ pid, startedAt }: ProcessId): Promise<boolean> {
  return (await readProcess(pid))?.startedAt === startedAt;
}

export async function listProcesses(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(readProcess));
  return found.flatMap((each) => each ?? []);
}

/** A process and everything that it and its children have started and that did not leave them. */
export function treeOf(root: number, all: readonly RunningProcess[]): RunningProcess[] {
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.filter(({ pid }) => tree.has(pid));
}

/** Sends a signal to a process that is still the same. */
export async function signalProcess(id: ProcessId, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!(await isRunning(id))) return;
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Kills whatever runs as a uid, all at once: who goes on starting himself anew and ending the one before is in no list.
 * kill(2) with -1 reaches every process that its caller may signal, so that the caller is one of that uid.
 * @returns false where it could not be started, or was killed by what it was to kill
 */
export function killAllOf(uid: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', 'kill -s KILL -- -1'], {
      ...{ uid, gid: uid, cwd: '/', env: {}, stdio: 'ignore' },
    });
    child.once('error', () => resolve(false));
    // 1: there was nobody.
    child.once('exit', (code) => resolve(code !== null));
  });
}

/** ESTABLISHED, include/net/tcp_states.h */
const ESTABLISHED = '01';

/** The sshd that serves the connection from this port; undefined where it has ended. */
export async function findServing(sourcePort: number): Promise<RunningProcess | undefined> {
  const inodes = await socketsFrom(sourcePort);
  if (inodes.size === 0) return undefined;
  const holders: RunningProcess[] = [];
  for (const each of await listProcesses()) {
    if (each.name.startsWith('sshd') && (await holdsOneOf(each.pid, inodes))) holders.push(each);
  }
  // The one that started first is the other's parent: it ends when the connection does.
  return holders.sort((a, b) => Number(a.startedAt) - Number(b.startedAt) || a.pid - b.pid)[0];
}

async function socketsFrom(port: number): Promise<ReadonlySet<string>> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(1)) {
      const [, , remote, state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === ESTABLISHED && remote?.endsWith(`:${hex}`) === true && inode !== undefined) {
        inodes.add(`socket:[${inode}]`);
      }
    }
  }
  return inodes;
}

async function holdsOneOf(pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const each of descriptors) {
    if (inodes.has(await readlink(`/proc/${pid}/fd/${each}`).catch(() => ''))) return true;
  }
  return false;
}
