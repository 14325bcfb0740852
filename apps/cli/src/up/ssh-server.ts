import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeAtomically } from './data-directory.ts';
import { claimPort } from './ports.ts';

const run = promisify(execFile);

const SCRIPT = join(import.meta.dirname, 'machine-namespace.sh');
const SSHD = '/usr/sbin/sshd';
const HOST_KEY = '/etc/ssh/ssh_host_ed25519_key';
const PID_FILE = '/run/sshd.pid';
const LOG = '/var/log/sshd.log';
/** Of a fresh machine: what the host's own says is the host's. */
const SSHD_CONFIG = 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nSubsystem sftp internal-sftp\n';
/** Empty on Debian, and not where anybody keeps a data directory. */
const HOMES = '/srv';
/** Uids are the kernel's, which all machines share: each has its own. */
const FIRST_UID = 52_000;
const UIDS = 64;

/** What stands in the way of nodes with an sshd of their own; null: nothing. */
export async function whyNoSsh(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'up does not run as root';
  if (!(await isThere(SSHD))) return 'openssh-server is not installed';
  if (!(await isThere(HOMES))) return `there is no ${HOMES}`;
  const probe = ['--mount', '--propagation', 'private', 'true'];
  return run('unshare', probe).then(
    () => null,
    () => 'mount namespaces cannot be made here',
  );
}

/** An sshd for one machine, in a mount namespace with accounts of its own. */
export interface SshServer {
  readonly port: number;
  /** `ssh` and `sshHostKeys` of agent.json. */
  readonly agent: { readonly ssh: object; readonly sshHostKeys: readonly string[] };
  /** Of the launcher. */
  readonly service: { readonly name: string; readonly command: readonly string[] };
  /** In front of the launcher's own command. */
  readonly enter: readonly string[];
}

/**
 * Prepares the folders of a machine's own: at the first start from the host's /etc, afterwards as they were left, accounts and
 * all.
 * @param index of the machine, from 0
 * @param taken ports of this start
 */
export async function prepareSshServer(
  folder: string,
  index: number,
  taken: Set<number>,
): Promise<SshServer> {
  const root = join(folder, 'system');
  const etc = join(root, 'etc');
  const fresh = !(await isThere(join(root, 'made')));
  await Promise.all(
    ['etc', 'run/sshd', 'log', 'mail', 'spool', 'homes'].map((name) =>
      mkdir(join(root, name), { recursive: true }),
    ),
  );
  if (fresh) {
    await run('cp', ['-a', '/etc/.', etc]);
    await run('sh', ['-c', 'rm -rf "$0"/ssh/ssh_host_* "$0"/ssh/sshd_config.d/* "$0"/ssh/asterism', etc]);
    await writeFile(join(etc, 'ssh/sshd_config'), SSHD_CONFIG);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(root, HOST_KEY)]);
    await writeFile(join(root, 'made'), '');
  }
  await rm(join(root, PID_FILE), { force: true });
  const port = await choosePort(join(root, 'port'), taken);
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${HOST_KEY}`,
    `PidFile ${PID_FILE}`,
    '',
  ];
  await writeAtomically(join(etc, 'ssh/sshd_config.d/20-local.conf'), settings.join('\n'));
  const from = FIRST_UID + index * UIDS;
  return {
    port,
    agent: {
      ssh: {
        homes: HOMES,
        uids: { from, to: from + UIDS - 1 },
        reload: { kind: 'pid-file', file: PID_FILE },
        log: { kind: 'file', file: LOG },
        addresses: [{ host: '127.0.0.1', port }],
      },
      sshHostKeys: [`${HOST_KEY}.pub`],
    },
    service: { name: 'sshd', command: [SSHD, '-D', '-E', LOG] },
    enter: ['unshare', '--mount', '--propagation', 'private', 'sh', SCRIPT, root, HOMES],
  };
}

/** That of the last start where it is free: what people have written down goes on. */
async function choosePort(file: string, taken: Set<number>): Promise<number> {
  const before = Number(await readFile(file, 'utf8').catch(() => '0'));
  const usable = Number.isInteger(before) && before > 0 && before < 65_536;
  const again = usable ? await claimPort('sshd', before, taken).catch(() => 0) : 0;
  const port = again === 0 ? await claimPort('sshd', 0, taken) : again;
  taken.add(port);
  await writeFile(file, String(port));
  return port;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
