import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import type { Faults } from './access-enforcement.ts';
import { placesIn, renderDropIn, renderWithdrawn, settingsIn, settingsOfAccounts } from './drop-in.ts';
import type { ManagedFiles } from './managed-files.ts';
import { Sshd } from './sshd.ts';
import type { WantedAccess } from './wanted-access.ts';

/** sshd opens what it trusts as root, before anybody is somebody; nothing here is secret. */
const MODE = 0o644;
const FOLDER_MODE = 0o755;

const linesOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/**
 * What sshd reads: authorities, the list of what is revoked, principals of accounts, certificates of the host, and the drop-in
 * that names them. All but the drop-in and the certificates are read anew at every login.
 */
export class SshdKeeper {
  readonly #ssh: SshConfiguration;
  readonly #files: ManagedFiles;
  readonly #sshd: Sshd;
  /** sshd was told of what is there. */
  #told = false;

  constructor(ssh: SshConfiguration, files: ManagedFiles) {
    this.#ssh = ssh;
    this.#files = files;
    this.#sshd = new Sshd(ssh);
  }

  /**
   * The list, the authorities and the principals of those who are not let in any more: in this order.
   * @returns whether they are what they should be
   */
  async takeAway(
    wanted: WantedAccess,
    { faults, isFirst }: { readonly faults: Faults; readonly isFirst: boolean },
  ): Promise<boolean> {
    const { directory } = this.#ssh;
    const { authorities, principals, revokedKeys } = placesIn(directory);
    const done = await faults.within('file-unwritable', directory, async () => {
      await this.#files.folder(directory, FOLDER_MODE);
      await this.#files.folder(principals, FOLDER_MODE);
      await this.#files.put({ path: revokedKeys, content: wanted.revocationList, mode: MODE });
      await this.#files.put({ path: authorities, content: linesOf(wanted.authorities), mode: MODE });
      const kept = [...wanted.accounts].flatMap(([name, account]) =>
        account.principals.length === 0 ? [] : [join(principals, name)],
      );
      await this.#files.sweep(principals, new Set([...kept, join(principals, 'root')]), { isFirst });
      const known = new Set([authorities, principals, revokedKeys]);
      await this.#files.sweep(directory, known, { mine: (name) => !name.startsWith('host-'), isFirst });
      return true;
    });
    return done === true;
  }

  async give(wanted: WantedAccess, usable: ReadonlySet<string>, faults: Faults): Promise<void> {
    const { principals } = placesIn(this.#ssh.directory);
    const files = [
      ...[...wanted.accounts].map(([name, account]) => ({
        name,
        lines: usable.has(name) ? account.principals : [],
      })),
      { name: 'root', lines: wanted.root },
    ];
    for (const { name, lines } of files) {
      const path = join(principals, name);
      await faults.within('file-unwritable', path, () =>
        lines.length === 0
          ? this.#files.remove(path)
          : this.#files.put({ path, content: linesOf(lines), mode: MODE }),
      );
    }
  }

  /** In its place only where sshd would start with it, and out again where it would not. */
  async putDropIn(
    hostCertificates: readonly string[],
    usable: ReadonlySet<string>,
    faults: Faults,
  ): Promise<void> {
    const { directory, dropIn } = this.#ssh;
    const { hostCertificate } = placesIn(directory);
    const content = renderDropIn(directory, hostCertificates.length);
    await faults.within('file-unwritable', dropIn, async () => {
      await this.#files.clear(dropIn);
      let changed = false;
      for (const [index, line] of hostCertificates.entries()) {
        const file = { path: hostCertificate(index), content: `${line}\n`, mode: MODE };
        changed = (await this.#files.put(file)) || changed;
      }
      const before = await readFile(dropIn).catch(() => undefined);
      const complaint = before?.equals(Buffer.from(content)) ? null : await this.#sshd.testWith(content);
      if (complaint !== null) {
        faults.add('sshd-configuration-invalid', dropIn, complaint);
        return;
      }
      changed = (await this.#files.put({ path: dropIn, content, mode: MODE })) || changed;
      if (changed || !this.#told) await this.#tell(before, faults);
    });
    await this.#requireInForce('root', settingsIn(directory, hostCertificates.length), faults);
    const [account] = usable;
    if (account !== undefined) await this.#requireInForce(account, settingsOfAccounts, faults);
  }

  /** Nobody is let in by a certificate any more, nor by a key that was left in a home of ours. */
  async withdraw(faults: Faults): Promise<void> {
    const { dropIn } = this.#ssh;
    if (!(await this.#files.put({ path: dropIn, content: renderWithdrawn(), mode: MODE }))) return;
    const complaint = await this.#sshd.reload();
    if (complaint !== null) faults.add('sshd-reload-failed', dropIn, complaint);
  }

  async #tell(before: Buffer | undefined, faults: Faults): Promise<void> {
    const { dropIn } = this.#ssh;
    const complaint = await this.#sshd.test();
    if (complaint !== null) {
      faults.add('sshd-configuration-invalid', dropIn, complaint);
      if (before === undefined) await this.#files.remove(dropIn);
      else await this.#files.put({ path: dropIn, content: before, mode: MODE });
      return;
    }
    const failure = await this.#sshd.reload();
    if (failure === null) this.#told = true;
    else faults.add('sshd-reload-failed', dropIn, failure);
  }

  /** Somebody's setting in front of ours would win; sshd itself says what counts. */
  async #requireInForce(
    user: string,
    wanted: ReadonlyMap<string, readonly string[]>,
    faults: Faults,
  ): Promise<void> {
    const settings = await this.#sshd.settings(user);
    if (settings === null) {
      const complaint = (await this.#sshd.test()) ?? 'sshd -T says nothing';
      faults.add('sshd-configuration-invalid', this.#ssh.configuration, complaint);
      return;
    }
    for (const [name, values] of wanted) {
      const inForce = settings.get(name.toLowerCase()) ?? [];
      if (values.every((value) => inForce.some((each) => each.toLowerCase() === value.toLowerCase())))
        continue;
      const detail = `in force is ${inForce.join(' ') || 'nothing'}, not ${values.join(' ')}`;
      faults.add('sshd-setting-overridden', name.toLowerCase(), detail);
    }
  }
}
