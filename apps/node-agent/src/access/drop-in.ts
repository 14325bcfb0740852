import { join } from 'node:path';
import { ACCESS_GROUP } from './accounts.ts';

/** Files that the drop-in names, below the agent's own folder. */
export function placesIn(directory: string) {
  return {
    authorities: join(directory, 'user-authorities'),
    principals: join(directory, 'principals'),
    revokedKeys: join(directory, 'revoked-keys'),
    hostCertificate: (index: number) => join(directory, `host-${index}-cert.pub`),
  };
}

const HEAD = '# Written by the Asterism agent; changes are undone.';

/**
 * Whoever was let in once could else leave a key in `~/.ssh`, and come back without a grant. The block ends with the file
 * that includes it, and holds against settings in front of it, because those are of no `Match`.
 */
const CERTIFICATES_ONLY = {
  AuthorizedKeysFile: 'none',
  AuthorizedKeysCommand: 'none',
  HostbasedAuthentication: 'no',
} as const;

/** What is left where nothing is known of who may log in: keys of accounts of ours let nobody in. */
export function renderWithdrawn(): string {
  const settings = Object.entries(CERTIFICATES_ONLY).map(([name, value]) => `  ${name} ${value}`);
  return [HEAD, `Match Group ${ACCESS_GROUP}`, ...settings, ''].join('\n');
}

/** For accounts of ours, in the words of `sshd -T`. */
export const settingsOfAccounts: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(CERTIFICATES_ONLY).map(([name, value]) => [name.toLowerCase(), [value]]),
);

/**
 * The drop-in of sshd_config(5). The first value of a setting counts, and distributions include the folder before they set
 * anything: `sshd -T` says afterwards whether it does.
 *
 * `AuthorizedPrincipalsFile` and `TrustedUserCAKeys` are the way that CVE-2026-35414 is not in. `LogLevel VERBOSE` writes
 * key ID and serial of the certificate at every login.
 */
export function renderDropIn(directory: string, hostCertificates: number): string {
  const lines = [...settingsIn(directory, hostCertificates)].flatMap(([name, values]) =>
    values.map((value) => `${name} ${value}`),
  );
  return `${[HEAD, ...lines].join('\n')}\n${renderWithdrawn()}`;
}

/** What holds for everybody: setting → its values. */
export function settingsIn(
  directory: string,
  hostCertificates: number,
): ReadonlyMap<string, readonly string[]> {
  const places = placesIn(directory);
  const hosts = Array.from({ length: hostCertificates }, (_, index) => places.hostCertificate(index));
  return new Map([
    ['TrustedUserCAKeys', [places.authorities]],
    ['AuthorizedPrincipalsFile', [`${places.principals}/%u`]],
    ['RevokedKeys', [places.revokedKeys]],
    ['PubkeyAuthentication', ['yes']],
    ['LogLevel', ['VERBOSE']],
    ...(hosts.length === 0 ? [] : [['HostCertificate', hosts] as const]),
  ]);
}
