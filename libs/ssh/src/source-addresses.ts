import { isIPv4, isIPv6 } from 'node:net';
import { SshError } from './errors.ts';

/** As many as a request may name. */
const MOST = 20;
const ADDRESS = /^([0-9a-fA-F.:]{2,45})(?:\/(0|[1-9][0-9]{0,2}))?$/;

/**
 * What `source-address` takes: addresses, and networks in CIDR form without bits of a host. sshd refuses everybody where it
 * cannot read one of the list.
 * @throws SshError `ssh-certificate-invalid`
 */
export function requireSourceAddresses(addresses: readonly string[]): void {
  if (addresses.length > MOST) throw invalid('too many source addresses', addresses.length);
  for (const each of addresses) {
    const [, address = '', length] = ADDRESS.exec(each) ?? [];
    const bits = toBits(address);
    const prefix = length === undefined ? bits.length : Number(length);
    if (bits === '' || prefix > bits.length) throw invalid('neither address nor network', each);
    if (bits.slice(prefix).includes('1')) throw invalid('network with bits of a host', each);
  }
}

/** 32 or 128 binary digits; none where it is no address. */
function toBits(address: string): string {
  if (isIPv4(address)) return ofNumbers(address.split('.').map(Number), 8);
  if (!isIPv6(address)) return '';
  const plain = address.replace(/[^:]*\.[^:]*$/, toGroups);
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return ofNumbers([...before, ...zeros, ...after], 16);
}

/** The last 32 bits of an IPv6 address may be written as an IPv4 address (RFC 4291 §2.2). */
function toGroups(tail: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function ofNumbers(numbers: readonly number[], width: number): string {
  return numbers.map((number) => number.toString(2).padStart(width, '0')).join('');
}

function invalid(message: string, got: unknown): SshError {
  return new SshError('ssh-certificate-invalid', `certificate: ${message}`, { got });
}
