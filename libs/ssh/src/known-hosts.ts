import { SshError } from './errors.ts';
import type { SshPublicKey } from './public-key.ts';
import { toBase64 } from './wire.ts';

/**
 * A line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") that trusts an authority for the hosts of one cluster,
 * which are known as `<node>.<cluster>`.
 * @param cluster DNS label
 */
export function formatAuthorityLine(cluster: string, { type, blob }: SshPublicKey): string {
  if (!/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(cluster)) {
    throw new SshError('ssh-certificate-invalid', 'cluster is not a DNS label', {
      got: cluster.slice(0, 100),
    });
  }
  return `@cert-authority *.${cluster} ${type} ${toBase64(blob)}`;
}
