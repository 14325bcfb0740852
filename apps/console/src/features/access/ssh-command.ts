import type { NodeAccess } from '@asterism/api-client';

interface CommandOptions {
  readonly cluster: string;
  readonly account: string;
  /** Undefined where no node has told where its sshd is. */
  readonly node: Pick<NodeAccess, 'node' | 'addresses'> | undefined;
}

/** Hosts are known by the authority alone, under `<node>.<cluster>`, whatever their address. */
export function sshCommandOf({ cluster, account, node }: CommandOptions): string {
  const name = node?.node.name ?? 'NODE';
  const address = node?.addresses[0];
  return [
    'ssh -i id -o CertificateFile=id-cert.pub -o IdentitiesOnly=yes',
    `-o UserKnownHostsFile=known_hosts_${cluster} -o StrictHostKeyChecking=yes`,
    `-o HostKeyAlias=${name}.${cluster}`,
    ...(address === undefined ? [] : [`-p ${address.port}`]),
    `${account}@${address?.host ?? 'ADDRESS'}`,
  ].join(' ');
}
