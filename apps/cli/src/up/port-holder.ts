import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** TCP_LISTEN of the kernel's `/proc/net/tcp` (include/net/tcp_states.h). */
const LISTEN = '0A';

/** Who listens on a local TCP port, as far as this user may see; null where nobody can be named. */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const inodes = new Set([
    ...(await listeners('/proc/net/tcp', port)),
    ...(await listeners('/proc/net/tcp6', port)),
  ]);
  if (inodes.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holds(pid, inodes)) {
      // Not `comm`, which names a thread: Node's is MainThread.
      const program = await readlink(`/proc/${pid}/exe`).catch(() => 'unknown program');
      return { pid: Number(pid), name: basename(program) };
    }
  }
  return null;
}

/** Socket inodes that listen on a port; columns as in the kernel's Documentation/networking/proc_net_tcp.rst. */
async function listeners(table: string, port: number): Promise<string[]> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const text = await readFile(table, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === LISTEN && columns[1]?.endsWith(`:${wanted}`))
    .flatMap((columns) => columns[9] ?? []);
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
