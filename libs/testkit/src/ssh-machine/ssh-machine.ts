import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folders that are the machine's own; everything else it shares with this one, read as it is. */
const OWN = ['etc', 'home', 'run', 'var/log', 'var/mail', 'var/spool'] as const;
const JOURNAL = join(import.meta.dirname, 'journal.sh');
const STARTS_WITHIN_MS = 10_000;

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine with accounts, sudoers and an sshd of its own: a mount namespace on this kernel. Processes and uids are the host's,
 * so that each machine has uids of its own range.
 */
export interface SshMachine {
  /** Of its sshd, on 127.0.0.1. */
  readonly port: number;
  readonly uids: { readonly from: number; readonly to: number };
  /** Inside of it. */
  readonly hostKey: string;
  readonly pidFile: string;
  /** Where its sshd says who logs in, as agent.json has it. */
  readonly log: { readonly kind: 'journal' } | { readonly kind: 'file'; readonly file: string };
  /** Where a path of the machine is on the outside. */
  path(inside: string): string;
  run(program: string, ...parameters: readonly string[]): Promise<ProgramEnd>;
  /** A child of this process that runs inside. */
  spawn(program: string, ...parameters: readonly string[]): ChildProcess;
  startSshd(): Promise<void>;
  stopSshd(): Promise<void>;
  stop(): Promise<void>;
}

export interface SshMachineOptions {
  /** False: it is started by the test. */
  readonly sshd?: boolean;
  /** With a systemd-journald, to which sshd logs in the place of its file. */
  readonly journal?: boolean;
}

/** @throws Error where this is not root, or the system has no sshd */
export async function startSshMachine({
  sshd = true,
  journal = false,
}: SshMachineOptions = {}): Promise<SshMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'asterism-ssh-machine-'));
  await Promise.all(OWN.map((each) => mkdir(join(folder, each), { recursive: true })));
  await run('cp', ['-a', '/etc/.', join(folder, 'etc')]);
  const machine = new NamespaceMachine(folder, await freePort(), journal);
  try {
    await machine.boot();
    if (sshd) await machine.startSshd();
    return machine;
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

class NamespaceMachine implements SshMachine {
  readonly port: number;
  readonly uids: SshMachine['uids'];
  readonly hostKey = '/etc/ssh/ssh_host_ed25519_key';
  readonly pidFile = '/run/sshd.pid';
  readonly log: SshMachine['log'];
  readonly #folder: string;
  #keeper: ChildProcess | undefined;
  #sshd: ChildProcess | undefined;

  constructor(folder: string, port: number, journal: boolean) {
    this.#folder = folder;
    this.log = journal ? { kind: 'journal' } : { kind: 'file', file: '/var/log/sshd.log' };
    this.port = port;
    const from = 100_000 + randomInt(400_000) * 64;
    this.uids = { from, to: from + 63 };
  }

  async boot(): Promise<void> {
    await this.#configure();
    const binds = OWN.map((each) => `mount --bind ${this.#folder}/${each} /${each}`);
    // It lives as long as its standard input, so that it does not outlive a test that was killed.
    const [start, end] =
      this.log.kind === 'journal'
        ? [[`sh ${JOURNAL} ${this.#folder}`], '; kill "$(cat /run/journald.pid)"']
        : [[], ''];
    const script = [...binds, ...start, 'echo up', 'cat >/dev/null'].join(' && ') + end;
    const keeper = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#keeper = keeper;
    const ended = once(keeper, 'exit').then(([code]) => {
      throw new Error(`the machine did not start: unshare ended with ${String(code)}`);
    });
    await Promise.race([once(keeper.stdout, 'data'), ended]);
    ended.catch(() => undefined);
  }

  path(inside: string): string {
    return join(this.#folder, inside);
  }

  run(program: string, ...parameters: readonly string[]): Promise<ProgramEnd> {
    return new Promise((resolve) => {
      execFile('nsenter', [...this.#enter(), program, ...parameters], (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      });
    });
  }

  spawn(program: string, ...parameters: readonly string[]): ChildProcess {
    return spawn('nsenter', [...this.#enter(), program, ...parameters], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }

  async startSshd(): Promise<void> {
    await rm(this.path(this.pidFile), { force: true });
    const log = this.log.kind === 'journal' ? [] : ['-E', this.log.file];
    const parameters = [...this.#enter(), '/usr/sbin/sshd', '-D', ...log];
    this.#sshd = spawn('nsenter', parameters, { stdio: 'ignore' });
    for (const deadline = Date.now() + STARTS_WITHIN_MS; ; await wait(20)) {
      const pid = await readFile(this.path(this.pidFile), 'utf8').catch(() => '');
      if (pid !== '') return;
      if (Date.now() > deadline) throw new Error(`sshd did not start: ${await this.#lastWords()}`);
    }
  }

  async stopSshd(): Promise<void> {
    const sshd = this.#sshd;
    this.#sshd = undefined;
    if (sshd === undefined || sshd.exitCode !== null || sshd.signalCode !== null) return;
    sshd.kill('SIGTERM');
    await once(sshd, 'exit');
  }

  async stop(): Promise<void> {
    await this.stopSshd();
    await this.#endProcesses();
    const keeper = this.#keeper;
    if (keeper !== undefined && keeper.exitCode === null && keeper.signalCode === null) {
      keeper.stdin?.end();
      await once(keeper, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As Debian has it, on a port of its own. */
  async #configure(): Promise<void> {
    await run('sh', ['-c', `rm -f ${this.path('/etc/ssh')}/ssh_host_*; mkdir -p ${this.path('/run/sshd')}`]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', this.path(this.hostKey)]);
    const settings = [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${this.hostKey}`,
      `PidFile ${this.pidFile}`,
      '',
    ];
    await writeFile(this.path('/etc/ssh/sshd_config.d/90-test.conf'), settings.join('\n'));
  }

  /** Those of its accounts, and sessions of root. */
  async #endProcesses(): Promise<void> {
    const { from, to } = this.uids;
    await run('sh', ['-c', `pkill -KILL -U "$(seq -s, ${from} ${to})" || true`]);
  }

  #enter(): string[] {
    return [`--mount=/proc/${this.#keeper?.pid ?? 0}/ns/mnt`, '--'];
  }

  async #lastWords(): Promise<string> {
    if (this.log.kind === 'journal') return (await this.run('journalctl', '--output=cat')).stdout.slice(-500);
    return (await readFile(this.path(this.log.file), 'utf8').catch(() => '')).slice(-500);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
