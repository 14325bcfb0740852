import { join } from 'node:path';

/** Files that the drop-in names, below the agent's own folder. */
export function placesIn(directory: string) {
  return {
    authorities: join(directory, 'user-authorities'),
    principals: join(directory, 'principals'),
    revokedKeys: join(directory, 'revoked-keys'),
    hostCertificate: (index: number) => join(directory, `host-${index}-cert.pub`),
  };
}

/**
 * The drop-in of sshd_config(5). The first value of a setting counts, and distributions include the folder before they set
 * anything: `sshd -T` says afterwards whether it does.
 *
 * `AuthorizedPrincipalsFile` and `TrustedUserCAKeys` are the way that CVE-2026-35414 is not in. `LogLevel VERBOSE` writes
 * key ID and serial of the certificate at every login.
 */
export function renderDropIn(directory: string, hostCertificates: number): string {
  const places = placesIn(directory);
  const hosts = Array.from({ length: hostCertificates }, (_, index) => places.hostCertificate(index));
  return [
    '# Written by the Asterism agent; changes are undone.',
    `TrustedUserCAKeys ${places.authorities}`,
    `AuthorizedPrincipalsFile ${places.principals}/%u`,
    `RevokedKeys ${places.revokedKeys}`,
    'PubkeyAuthentication yes',
    'LogLevel VERBOSE',
    ...hosts.map((file) => `HostCertificate ${file}`),
    '',
  ].join('\n');
}

/** What `sshd -T` must say of it. */
export function settingsIn(
  directory: string,
  hostCertificates: number,
): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  for (const line of renderDropIn(directory, hostCertificates).split('\n')) {
    const [, name, value] = /^([A-Za-z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}
