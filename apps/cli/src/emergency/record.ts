import type { EmergencyKit } from '@asterism/contracts';
import type { RecoveryShare } from '@asterism/keys/recovery';
import { fingerprintOf, type SshCertificate } from '@asterism/ssh';
import { toPrintable } from '../output/terminal.ts';

interface Made {
  readonly kit: EmergencyKit;
  readonly certificate: SshCertificate;
  readonly shares: readonly RecoveryShare[];
  readonly person: string;
  readonly reason: string;
  readonly files: { readonly certificate: string; readonly knownHosts: string };
  /** File of the key that it is for. */
  readonly publicKey: string;
}

/** All that is to be kept of a break-in with permission. The reason is here alone: a certificate has no room for it. */
export interface EmergencyRecord {
  readonly kind: 'emergency-certificate';
  readonly cluster: string;
  readonly person: string;
  readonly reason: string;
  readonly principal: string;
  readonly keyId: string;
  readonly serial: string;
  readonly fingerprint: string;
  readonly authority: string;
  readonly validAfter: string;
  readonly validBefore: string;
  readonly recoverySet: string;
  readonly shares: readonly number[];
  readonly files: Made['files'];
  readonly commands: readonly { readonly node: string; readonly command: string }[];
}

export function recordOf(made: Made): EmergencyRecord {
  const { kit, certificate, shares, person, reason, files } = made;
  const { keyId, serial, validAfter, validBefore, principals, key, authority } = certificate;
  const toTime = (seconds: bigint) => new Date(Number(seconds) * 1_000).toISOString();
  return {
    ...{ kind: 'emergency-certificate', cluster: kit.cluster.name, person, reason },
    ...{ principal: principals.join(' '), keyId, serial: String(serial) },
    ...{ fingerprint: fingerprintOf(key), authority: fingerprintOf(authority) },
    ...{ validAfter: toTime(validAfter), validBefore: toTime(validBefore) },
    ...{ recoverySet: shares[0]?.set ?? '', shares: shares.map(({ index }) => index), files },
    commands: kit.nodes.flatMap(({ name, addresses }) =>
      addresses.map((address) => ({ node: name, command: commandOf(made, name, address) })),
    ),
  };
}

/** Takes this certificate and no other key, and knows the node by its authority and no other way. */
function commandOf(
  { kit, files, publicKey }: Made,
  node: string,
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const options = [
    `CertificateFile=${files.certificate}`,
    'IdentitiesOnly=yes',
    `UserKnownHostsFile=${files.knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    `HostKeyAlias=${node}.${kit.cluster.name}`,
  ];
  const words = [
    ...['ssh', '-i', publicKey.replace(/\.pub$/, ''), '-p', String(port)],
    ...options.flatMap((option) => ['-o', option]),
    ...['-l', 'root', '--', host],
  ];
  return words.map(quote).join(' ');
}

/** One word for a POSIX shell. */
function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function toText(record: EmergencyRecord): string {
  const { cluster, person, reason, principal, keyId, serial, validBefore, files, commands } = record;
  const lines = [
    `EMERGENCY CERTIFICATE: root on every node of ${cluster}, until ${validBefore}`,
    `  person        ${person}`,
    `  reason        ${reason}`,
    `  principal     ${principal}`,
    `  key ID        ${keyId}`,
    `  serial        ${serial}`,
    `  key           ${record.fingerprint}`,
    `  signed by     ${record.authority} (emergency authority)`,
    `  shares        ${record.shares.join(', ')} of set ${record.recoverySet}`,
    `  certificate   ${files.certificate}`,
    `  known hosts   ${files.knownHosts}`,
    '',
    'Every node logs the key ID at each login, and reports it to the API once it is back.',
    'Keep this record: the reason is nowhere else. Issue new shares afterwards: these have met.',
    ...(commands.length === 0 ? ['', 'The kit names no addresses of nodes.'] : []),
    ...commands.flatMap(({ node, command }) => ['', `${node}:`, `  ${command}`]),
  ];
  return lines.map(toPrintable).join('\n');
}
