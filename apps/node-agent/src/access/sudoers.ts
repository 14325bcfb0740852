import type { SudoRule } from '@asterism/contracts';

/** Files of sudoers.d whose name has a dot are passed over by sudo; account names have none. */
export const SUDOERS_PREFIX = 'asterism-';

const HEAD = '# Written by the Asterism agent; changes are undone.\n';

/**
 * sudoers(5) for one account; null where it may do nothing. Accounts have no password, so none is asked for.
 * Names and commands are of the contract's strict sets; characters that sudoers gives a meaning to are escaped all the same.
 */
export function renderSudoers(account: string, rule: SudoRule): string | null {
  switch (rule.kind) {
    case 'none':
      return null;
    case 'all':
      return `${HEAD}${account} ALL=(ALL:ALL) NOPASSWD: ALL\n`;
    case 'commands':
      return `${HEAD}${account} ALL=(root) NOPASSWD: ${rule.commands.map(escape).join(', ')}\n`;
  }
}

function escape(command: string): string {
  return command.replaceAll(/[,:=\\#*?[\]!]/g, (special) => `\\${special}`);
}
