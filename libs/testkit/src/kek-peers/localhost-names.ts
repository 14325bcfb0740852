import dns from 'node:dns';

/**
 * Names under `localhost` are the loopback (RFC 6761 §6.3), which not every resolver knows; clients of Key Vault insist on
 * a vault's name before the service's. For this process, until the result is called.
 */
export function resolveLocalhostNames(): () => void {
  const { lookup } = dns;
  const patched = (host: string, ...rest: unknown[]) =>
    Reflect.apply(lookup, dns, [host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest]);
  dns.lookup = Object.assign(patched, lookup) as typeof lookup;
  return () => {
    dns.lookup = lookup;
  };
}
