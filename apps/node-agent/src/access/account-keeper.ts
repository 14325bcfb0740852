import type { SshConfiguration } from '../configuration/ssh-configuration.ts';
import type { EnforcementOptions, Faults } from './access-enforcement.ts';
import {
  addAccount,
  isAltered,
  isOurs,
  mendAccount,
  readAccounts,
  removeAccount,
  type Account,
} from './accounts.ts';
import type { ManagedFiles } from './managed-files.ts';
import { UidLedger } from './uid-ledger.ts';
import type { WantedAccess } from './wanted-access.ts';

type Accounts = ReadonlyMap<string, Account>;

export interface AccountKeeperOptions {
  readonly ssh: SshConfiguration;
  readonly files: ManagedFiles;
  readonly uidLedger: EnforcementOptions['uidLedger'];
  readonly onRemoveAccount: EnforcementOptions['onRemoveAccount'];
}

/** Makes, mends and removes the accounts that are this agent's; no other is ever changed. */
export class AccountKeeper {
  readonly #ssh: SshConfiguration;
  readonly #files: ManagedFiles;
  readonly #ledger: UidLedger;
  readonly #onRemove: EnforcementOptions['onRemoveAccount'];
  /** Names that were there, and ours, when it last ran. */
  #made = new Set<string>();

  constructor({ ssh, files, uidLedger, onRemoveAccount }: AccountKeeperOptions) {
    this.#ssh = ssh;
    this.#files = files;
    this.#ledger = new UidLedger(uidLedger);
    this.#onRemove = onRemoveAccount;
  }

  async read(faults: Faults): Promise<Accounts> {
    return (await faults.within('account-failed', '/etc/passwd', readAccounts)) ?? new Map<string, Account>();
  }

  /** @returns accounts that are there and ours: only they are let in */
  async bringAbout(wanted: WantedAccess, before: Accounts, faults: Faults): Promise<ReadonlySet<string>> {
    const usable = new Set<string>();
    let all = before;
    for (const name of wanted.accounts.keys()) {
      const found = all.get(name);
      const fault = found === undefined ? await this.#add(name, all) : await this.#mend(found);
      if (found === undefined && fault === null) all = await this.read(faults);
      const now = all.get(name);
      if (fault !== null) faults.add('account-failed', name, fault);
      else if (now !== undefined && isOurs(now, this.#ssh)) usable.add(name);
      else
        faults.add(
          'account-foreign',
          name,
          'an account of this name is on the machine, and not of this platform',
        );
    }
    this.#made = usable;
    return usable;
  }

  async remove(wanted: WantedAccess, faults: Faults): Promise<void> {
    for (const account of (await this.read(faults)).values()) {
      if (!isOurs(account, this.#ssh) || wanted.accounts.has(account.name)) continue;
      const fault = await faults.within('account-failed', account.name, async () => {
        await this.#onRemove(account);
        return removeAccount(account, this.#ssh);
      });
      if (typeof fault === 'string') faults.add('account-failed', account.name, fault);
    }
  }

  async #add(name: string, all: Accounts): Promise<string | null> {
    if (this.#made.has(name)) this.#files.note(name, 'account');
    return addAccount(name, all, { ...this.#ssh, ledger: this.#ledger });
  }

  async #mend(account: Account): Promise<string | null> {
    if (!isOurs(account, this.#ssh) || !isAltered(account, this.#ssh)) return null;
    this.#files.note(account.name, 'account');
    return mendAccount(account, this.#ssh);
  }
}
