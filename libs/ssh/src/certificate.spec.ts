import { Writer } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createHostCertificate,
  createUserCertificate,
  formatCertificate,
  parseCertificate,
} from './index.ts';
import { signBlob } from './signature.ts';
import {
  AUTHORITIES,
  AUTHORITY,
  FROM,
  KEY,
  KEYS,
  random,
  sample,
  toLine,
  UNTIL,
  wire,
} from './testing/samples.ts';

const invalid = expect.objectContaining({ code: 'ssh-certificate-invalid', outcome: 'input' });
const malformed = expect.objectContaining({ code: 'ssh-certificate-malformed', outcome: 'input' });

/** The same certificate with other lists of options, signed anew: what another authority's software may have made. */
function withLists(options: Uint8Array, extensions: Uint8Array): string {
  const { nonce, keyId, key, authority } = sample();
  const signed = new Writer('big')
    .bytes(wire('ssh-ed25519-cert-v01@openssh.com', nonce))
    .bytes(key.blob.subarray(4 + 'ssh-ed25519'.length))
    .u64(7n)
    .u32(1)
    .bytes(wire(keyId, wire('deploy')))
    .u64(0n)
    .u64(0xffff_ffff_ffff_ffffn)
    .bytes(wire(options, extensions, '', authority.blob))
    .finish();
  const blob = new Writer('big')
    .bytes(signed)
    .sized32(signBlob(AUTHORITY, authority, signed))
    .finish();
  return toLine('ssh-ed25519-cert-v01@openssh.com', blob);
}

const NOTHING = new Uint8Array();

describe('certificates', () => {
  it('are read as they were made, for every type of key and both authorities', () => {
    const principal = fc.stringMatching(/^[a-z][a-z0-9_-]{0,31}(@(pool|node)\.[a-z][a-z0-9]{0,62})?$/);
    const from = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    const fields = fc.record({
      key: fc.constantFrom(...KEYS),
      serial: fc.bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn }),
      keyId: fc.stringMatching(/^[\x21-\x7e]{1,300}$/),
      principals: fc.uniqueArray(principal, { minLength: 1, maxLength: 12 }),
      from,
      seconds: fc.integer({ min: 1, max: 2_678_400 }),
      sourceAddresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 4 }),
      forceCommand: fc.option(fc.stringMatching(/^[\x20-\x7e]{1,200}$/)),
    });
    fc.assert(
      fc.property(
        fields,
        fc.constantFrom(...AUTHORITIES),
        ({ from: validAfter, seconds, ...rest }, [, key]) => {
          const validBefore = new Date(validAfter.getTime() + seconds * 1_000);
          const made = createUserCertificate({ ...rest, validAfter, validBefore }, { key, random });
          const line = formatCertificate(made);
          expect(parseCertificate(line)).toEqual(made);
          expect(formatCertificate(parseCertificate(`${line}\n`))).toBe(line);
          expect(made.validBefore - made.validAfter).toBe(BigInt(seconds));
        },
      ),
      { seed: 31, numRuns: 150 },
    );
  });

  it('of hosts are read as they were made', () => {
    const fields = {
      key: KEY,
      serial: 1n,
      keyId: 'host',
      principals: ['a.b', 'a'],
      validAfter: FROM,
      validBefore: UNTIL,
    };
    const made = createHostCertificate(fields, { key: AUTHORITY, random });
    expect(parseCertificate(formatCertificate(made))).toEqual(made);
    expect(made).toMatchObject({ kind: 'host', extensions: [], criticalOptions: new Map() });
  });

  it('never have one nonce twice', () => {
    expect(sample().nonce).not.toEqual(sample().nonce);
  });

  it('permit what an interactive login needs, and with a command only a terminal', () => {
    expect(sample().extensions).toEqual(['permit-port-forwarding', 'permit-pty', 'permit-user-rc']);
    expect(sample({ forceCommand: '/bin/true' }).extensions).toEqual(['permit-pty']);
  });

  it.each([
    ...['', 'a b', 'a\n', 'ä', 'x'.repeat(301)].map((keyId) => ({ keyId })),
    { validBefore: FROM },
    { validAfter: new Date(NaN) },
    { validAfter: new Date(-1_000) },
    { validBefore: new Date(FROM.getTime() + 2_678_401_000) },
    ...['', 'a\nb', 'ä', 'x'.repeat(1_001)].map((forceCommand) => ({ forceCommand })),
  ])('are not made of %j', (change) => {
    expect(() => sample(change)).toThrow(invalid);
  });

  it.each([0n, -1n, 1n << 64n])('are not made with serial %s', (serial) => {
    expect(() => sample({ serial })).toThrow(invalid);
  });

  it.each([
    ...[
      '',
      'localhost',
      '192.0.2.1 ',
      '192.0.2',
      '192.0.2.1/33',
      '192.0.2.0/024',
      '192.0.2.0/24/24',
      '192.0.2.0/',
    ],
    ...[
      '192.0.2.1,192.0.2.2',
      '192.0.2.1/24',
      '0.0.0.1/0',
      '2001:db8::1/64',
      'fe80::1%eth0',
      '::/129',
      '!192.0.2.1',
    ],
    ...['*', '192.0.2.*', '::ffff:192.0.2.1/112', '2001:db8:0:0:0:0:0:0:1', ':::', '1::2::3'],
  ])('are not made for source address %j', (address) => {
    expect(() => sample({ sourceAddresses: ['192.0.2.1', address] })).toThrow(invalid);
  });

  it('are made for addresses and networks of both families', () => {
    const sourceAddresses = [
      ...['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '192.0.2.255/32', '2001:db8::1', '2001:db8::/32', '::/0'],
      ...['2001:db8:0:1::/64', '::ffff:192.0.2.0/120', '2001:DB8:1:2:3:4:5:6/128'],
    ];
    expect(sample({ sourceAddresses }).criticalOptions.get('source-address')).toBe(sourceAddresses.join(','));
    expect(() => sample({ sourceAddresses: Array.from({ length: 21 }, (_, i) => `192.0.2.${i}`) })).toThrow(
      invalid,
    );
  });

  it('of others are refused with options out of order, named twice or not named', () => {
    const option = (name: string, value = '') => wire(name, value === '' ? NOTHING : wire(value));
    const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
    const [pty, rc] = [option('permit-pty'), option('permit-user-rc')];
    expect(parseCertificate(withLists(option('force-command', 'id'), join(pty, rc)))).toMatchObject({
      criticalOptions: new Map([['force-command', 'id']]),
      extensions: ['permit-pty', 'permit-user-rc'],
    });
    for (const bad of [join(rc, pty), join(pty, pty), option(''), option('a b'), wire('permit-pty')]) {
      expect(() => parseCertificate(withLists(NOTHING, bad))).toThrow(malformed);
      expect(() => parseCertificate(withLists(bad, NOTHING))).toThrow(malformed);
    }
    const behind = wire('force-command', Uint8Array.of(...wire('id'), 0));
    expect(() => parseCertificate(withLists(behind, NOTHING))).toThrow(malformed);
  });

  it('are refused as plain keys, as lines of another type, and of types that are not taken', () => {
    const { blob } = sample();
    expect(() => parseCertificate(toLine('ecdsa-sha2-nistp256-cert-v01@openssh.com', blob))).toThrow(
      malformed,
    );
    const unsupported = expect.objectContaining({ code: 'ssh-public-key-unsupported' });
    expect(() => parseCertificate(toLine('ssh-ed25519', KEY.blob))).toThrow(unsupported);
    const dss = Uint8Array.of(...wire('ssh-dss-cert-v01@openssh.com'), ...blob.subarray(36));
    expect(() => parseCertificate(toLine('ssh-dss-cert-v01@openssh.com', dss))).toThrow(unsupported);
  });
});
