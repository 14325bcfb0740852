import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import type { Faults } from './access-enforcement.ts';
import type { ManagedFiles } from './managed-files.ts';
import { complaintOf, runProgram } from './run-program.ts';
import { renderSudoers, SUDOERS_PREFIX } from './sudoers.ts';
import type { WantedAccess } from './wanted-access.ts';

/** sudo refuses files that anybody else could write. */
const MODE = 0o440;

/** One file in sudoers.d for each account that may do something; those of others are not looked at. */
export class SudoersKeeper {
  readonly #ssh: Pick<SshConfiguration, 'sudoers' | 'visudo'>;
  readonly #files: ManagedFiles;
  /** Content that visudo has read and taken. */
  readonly #taken = new Set<string>();

  constructor(ssh: Pick<SshConfiguration, 'sudoers' | 'visudo'>, files: ManagedFiles) {
    this.#ssh = ssh;
    this.#files = files;
  }

  /** Files of accounts that may do nothing any more. */
  async takeAway(
    wanted: WantedAccess,
    { faults, isFirst }: { readonly faults: Faults; readonly isFirst: boolean },
  ): Promise<void> {
    const kept = [...wanted.accounts].flatMap(([name, { sudo }]) =>
      sudo.kind === 'none' ? [] : [this.#path(name)],
    );
    await faults.within('file-unwritable', this.#ssh.sudoers, async () => {
      if (!(await isThere(this.#ssh.sudoers))) return;
      const mine = (name: string) => name.startsWith(SUDOERS_PREFIX);
      await this.#files.sweep(this.#ssh.sudoers, new Set(kept), { mine, isFirst });
    });
  }

  /** Nothing is put there that visudo has not read: one wrong line would take sudo from everybody. */
  async give(wanted: WantedAccess, usable: ReadonlySet<string>, faults: Faults): Promise<void> {
    for (const [name, { sudo }] of wanted.accounts) {
      const content = usable.has(name) ? renderSudoers(name, sudo) : null;
      if (content === null) {
        await faults.within('file-unwritable', this.#path(name), () => this.#files.remove(this.#path(name)));
        continue;
      }
      await faults.within('file-unwritable', this.#path(name), async () => {
        const complaint = this.#taken.has(content) ? null : await this.#check(content);
        if (complaint === null) {
          this.#taken.add(content);
          await this.#files.put({ path: this.#path(name), content, mode: MODE });
        } else {
          faults.add('sudoers-invalid', name, complaint);
          await this.#files.remove(this.#path(name));
        }
      });
    }
  }

  #path(account: string): string {
    return join(this.#ssh.sudoers, `${SUDOERS_PREFIX}${account}`);
  }

  async #check(content: string): Promise<string | null> {
    if (!(await isThere(this.#ssh.visudo))) return `sudo is not installed (${this.#ssh.visudo})`;
    const result = await runProgram(this.#ssh.visudo, ['-c', '-f', '-'], content);
    return result.code === 0 ? null : complaintOf(result);
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
