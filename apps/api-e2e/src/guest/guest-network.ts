import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TAP } from './addresses.ts';

/** A network namespace with a host and one guest in it, which reaches what it is meant to reach and nothing else. */
export class GuestNetwork {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** @param ports of the host's address, and the Unix socket that each leads to */
  static async open(ports: Readonly<Record<number, string>>): Promise<GuestNetwork> {
    const passed = Object.entries(ports).map(([port, socket]) => `${port}=${socket}`);
    const program = fileURLToPath(new URL('./hold-network.ts', import.meta.url));
    const holder = spawn('unshare', ['--net', '--', process.execPath, program, ...passed], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(holder, 'exit').then(([code]) => {
      throw new Error(`the guest's network could not be made (${String(code)})`);
    });
    ended.catch(() => undefined);
    await Promise.race([once(holder.stdout, 'data'), ended]);
    return new GuestNetwork(holder);
  }

  /** The kernel's argument for its network device. */
  get device(): string {
    return `eth0=tuntap,${TAP}`;
  }

  /** How to run a command in it. */
  get enter(): readonly string[] {
    return ['nsenter', '--target', String(this.#holder.pid), '--net', '--'];
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null) return;
    const exited = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await exited;
  }
}
