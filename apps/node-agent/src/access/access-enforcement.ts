import type { AccessDrift, NodeAccessFault } from '@asterism/contracts';
import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import { InstalledOpenssh, isOlder, OLDEST } from './openssh-version.ts';
import { AccountKeeper } from './account-keeper.ts';
import { ManagedFiles } from './managed-files.ts';
import { SshdKeeper } from './sshd-keeper.ts';
import { SudoersKeeper } from './sudoers-keeper.ts';
import type { WantedAccess } from './wanted-access.ts';

export interface EnforcementOptions {
  readonly ssh: SshConfiguration;
  readonly now: () => Date;
  /** File of `UidLedger`. */
  readonly uidLedger: string;
  /** Called before an account is removed, so that nothing runs as it any more. */
  readonly onRemoveAccount: (account: { readonly name: string; readonly uid: number }) => Promise<void>;
}

export interface Applied {
  readonly opensshVersion: string | null;
  readonly faults: readonly NodeAccessFault[];
  /** What somebody else had changed since the last time, and was put right. */
  readonly drift: readonly AccessDrift[];
}

/** Gathers what went wrong, so that one fault does not keep everything else from being right. */
export class Faults {
  readonly list: NodeAccessFault[] = [];

  add(code: NodeAccessFault['code'], subject: string, detail: string): void {
    this.list.push({ code, subject: subject.slice(0, 200), detail: detail.slice(0, 500) });
  }

  /** Runs a step; what it throws is a fault of its subject. */
  async within<Result>(
    code: NodeAccessFault['code'],
    subject: string,
    step: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      this.add(code, subject, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/**
 * Makes this machine's accounts, sudoers and sshd what is wanted, whatever they are: once a change, and every few seconds to
 * find what somebody else has changed. What takes away comes before what gives. Killed between any two steps it leaves an sshd
 * that starts, and the next run finishes.
 */
export class AccessEnforcement {
  readonly #ssh: SshConfiguration;
  readonly #files: ManagedFiles;
  readonly #accounts: AccountKeeper;
  readonly #sudoers: SudoersKeeper;
  readonly #sshd: SshdKeeper;
  readonly #version: InstalledOpenssh;
  #ran = false;

  constructor({ ssh, now, uidLedger, onRemoveAccount }: EnforcementOptions) {
    this.#ssh = ssh;
    this.#version = new InstalledOpenssh(ssh.sshd);
    this.#files = new ManagedFiles(now);
    this.#accounts = new AccountKeeper({ ssh, files: this.#files, uidLedger, onRemoveAccount });
    this.#sudoers = new SudoersKeeper(ssh, this.#files);
    this.#sshd = new SshdKeeper(ssh, this.#files);
  }

  /** @param hostCertificates lines, in the order of the host keys */
  async apply(wanted: WantedAccess, hostCertificates: readonly string[]): Promise<Applied> {
    const faults = new Faults();
    const isFirst = !this.#ran;
    const version = await this.#version.read();
    if (version === undefined || isOlder(version, OLDEST)) {
      const [code, detail] =
        version === undefined
          ? (['sshd-missing', `${this.#ssh.sshd} does not say its version`] as const)
          : ([
              'sshd-too-old',
              `${version.text}: at least ${OLDEST.major}.${OLDEST.minor} is needed`,
            ] as const);
      faults.add(code, this.#ssh.sshd, detail);
      await faults.within('file-unwritable', this.#ssh.dropIn, () => this.#sshd.withdraw(faults));
      return this.#result(version?.text ?? null, faults);
    }
    if (version.mayBeVulnerable) {
      const detail = `${version.text} may have CVE-2026-35414: update it, and use no principals= in authorized_keys`;
      faults.add('sshd-vulnerable', this.#ssh.sshd, detail);
    }
    const before = await this.#accounts.read(faults);
    const isSafe = await this.#sshd.takeAway(wanted, { faults, isFirst });
    await this.#sudoers.takeAway(wanted, { faults, isFirst });
    const usable = await this.#accounts.bringAbout(wanted, before, faults);
    await this.#sshd.give(wanted, usable, faults);
    await this.#sudoers.give(wanted, usable, faults);
    // Without its list of revoked keys sshd would refuse everybody, and with an old one take who is revoked.
    if (isSafe) await this.#sshd.putDropIn(hostCertificates, usable, faults);
    await this.#accounts.remove(wanted, faults);
    this.#ran = true;
    return this.#result(version.text, faults);
  }

  /** Nothing is known of who may log in: what an earlier start has left lets nobody in any more. */
  async withdraw(): Promise<Pick<Applied, 'faults'>> {
    const faults = new Faults();
    await faults.within('file-unwritable', this.#ssh.dropIn, () => this.#sshd.withdraw(faults));
    return { faults: faults.list };
  }

  #result(opensshVersion: string | null, { list }: Faults): Applied {
    return { opensshVersion, faults: list.slice(0, 200), drift: this.#files.takeDrift().slice(0, 100) };
  }
}
