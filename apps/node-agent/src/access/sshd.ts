import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import { complaintOf, runProgram } from './run-program.ts';

/** sshd of this machine, as far as it is asked and told things; the agent neither starts nor stops it. */
export class Sshd {
  readonly #ssh: Pick<SshConfiguration, 'sshd' | 'configuration' | 'reload'>;

  constructor(ssh: Pick<SshConfiguration, 'sshd' | 'configuration' | 'reload'>) {
    this.#ssh = ssh;
  }

  /** Whether sshd would start as things are. @returns what it complains of; null: nothing */
  async test(): Promise<string | null> {
    const result = await runProgram(this.#ssh.sshd, ['-t', '-f', this.#ssh.configuration]);
    return result.code === 0 ? null : complaintOf(result);
  }

  /** The same for a drop-in before it is in its place: it is read first, then everything that is there. */
  async testWith(dropIn: string): Promise<string | null> {
    const folder = await mkdtemp(join(tmpdir(), 'asterism-sshd-'));
    try {
      const candidate = join(folder, 'candidate.conf');
      const whole = join(folder, 'sshd_config');
      await writeFile(candidate, dropIn, { mode: 0o600 });
      await writeFile(whole, `Include ${candidate}\nInclude ${this.#ssh.configuration}\n`, { mode: 0o600 });
      const result = await runProgram(this.#ssh.sshd, ['-t', '-f', whole]);
      return result.code === 0 ? null : complaintOf(result);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What is in force for somebody who logs in (`sshd -T`): setting in lower case → its values. */
  async settings(user: string): Promise<ReadonlyMap<string, readonly string[]> | null> {
    const connection = `user=${user},host=localhost,addr=127.0.0.1`;
    const { sshd, configuration } = this.#ssh;
    const { code, stdout } = await runProgram(sshd, ['-T', '-f', configuration, '-C', connection]);
    if (code !== 0) return null;
    const settings = new Map<string, string[]>();
    for (const line of stdout.split('\n')) {
      const space = line.indexOf(' ');
      if (space < 0) continue;
      const name = line.slice(0, space);
      settings.set(name, [...(settings.get(name) ?? []), line.slice(space + 1)]);
    }
    return settings;
  }

  /** Has it read its configuration again; connections that are there go on. @returns what went wrong; null: nothing */
  async reload(): Promise<string | null> {
    const { reload } = this.#ssh;
    if (reload.kind === 'systemd') {
      // One that does not run yet reads the new configuration when it starts: this is before sshd at a boot.
      const active = await runProgram('systemctl', ['is-active', '--quiet', reload.unit]);
      if (active.code !== 0) return null;
      const result = await runProgram('systemctl', ['reload', reload.unit]);
      return result.code === 0 ? null : complaintOf(result);
    }
    const text = await readFile(reload.file, 'utf8').catch(() => '');
    const pid = /^(\d+)\s*$/.exec(text)?.[1];
    if (pid === undefined) return null;
    try {
      process.kill(Number(pid), 'SIGHUP');
      return null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ESRCH' ? null : `sshd cannot be told (${code ?? 'unknown'})`;
    }
  }
}
