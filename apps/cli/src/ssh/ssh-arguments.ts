export interface SshArguments {
  /** A private key, or the public one of a key in the agent. */
  readonly identity: string;
  readonly certificate: string;
  readonly knownHosts: string;
  /** Key revocation list of hosts. */
  readonly revoked: string;
  /** What the host is known as, whatever its address. */
  readonly alias: string;
  readonly principal: string;
  readonly address: { readonly host: string; readonly port: number };
  /** Empty: a shell. */
  readonly command: readonly string[];
}

/**
 * What ssh(1) is called with. The user's configuration goes on holding, for jumps and the like, but for hosts nothing counts
 * but what this platform says: no file can add a host, take a key for the first time, or share a connection that another
 * command has opened. Of what ssh takes several times, these come first.
 */
export function sshArguments(options: SshArguments): string[] {
  const { identity, certificate, knownHosts, revoked, alias, principal, address, command } = options;
  const settings = [
    `IdentityFile=${identity}`,
    `CertificateFile=${certificate}`,
    'IdentitiesOnly=yes',
    'PreferredAuthentications=publickey',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'NoHostAuthenticationForLocalhost=no',
    'KnownHostsCommand=none',
    'VerifyHostKeyDNS=no',
    'UpdateHostKeys=no',
    'CheckHostIP=no',
    'ControlPath=none',
    `RevokedHostKeys=${revoked}`,
    `HostKeyAlias=${alias}`,
    `Port=${address.port}`,
    `User=${principal}`,
  ];
  return [...settings.flatMap((each) => ['-o', each]), '--', address.host, ...command];
}
