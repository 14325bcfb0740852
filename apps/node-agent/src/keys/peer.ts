import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Who opened a Unix connection, as the kernel noted it at connect(2). */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  /** The group that it ran under then; its further groups are not told. */
  readonly gid: number;
}

/** Of perl-base, which every Debian has: Node can hand a socket to a child, and cannot ask for its SO_PEERCRED. */
const PERL = '/usr/bin/perl';
const SCRIPT = `
  open(my $socket, '+<&=', 3) or exit 1;
  my $credentials = getsockopt($socket, SOL_SOCKET, SO_PEERCRED) or exit 1;
  printf '%d %u %u', unpack('iII', $credentials);
`;
/** What the kernel says of a connection that has no peer on this machine. */
const NOBODY_KNOWN = 0xffff_ffff;
/** Milliseconds. */
const DEADLINE = 5_000;

/**
 * Reads SO_PEERCRED of a connection that nothing was read from yet; it is paused afterwards.
 * @returns null where the kernel does not say, for whatever reason: then nobody is known to be there
 */
export async function readPeer(socket: Socket): Promise<Peer | null> {
  const child = spawn(PERL, ['-MSocket', '-e', SCRIPT], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore', socket],
    timeout: DEADLINE,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stdout?.setEncoding('latin1').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const [, pid, uid, gid] = /^(\d+) (\d+) (\d+)$/.exec(said) ?? [];
  if (code !== 0 || pid === undefined || Number(uid) === NOBODY_KNOWN) return null;
  return { pid: Number(pid), uid: Number(uid), gid: Number(gid) };
}
