import { describe, expect, it } from 'vitest';
import { fingerprintOf, formatPublicKey, parsePublicKey, toSshPublicKey } from './index.ts';
import { AUTHORITIES, BLOBS, pointOf, rsaBlob, toLine, wire } from './testing/samples.ts';

const malformed = expect.objectContaining({ code: 'ssh-public-key-malformed', outcome: 'input' });
const unsupported = expect.objectContaining({ code: 'ssh-public-key-unsupported', outcome: 'policy' });
const ed25519 = BLOBS['ssh-ed25519'] ?? new Uint8Array();
const rsa = BLOBS['ssh-rsa'] ?? new Uint8Array();

/** With one byte put in front of the last field, whose length grows with it. */
function padLast(blob: Uint8Array, length: number, byte: number): Uint8Array {
  const at = blob.length - length;
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, length + 1);
  return Uint8Array.of(...blob.subarray(0, at - 4), ...size, byte, ...blob.subarray(at));
}

describe('public keys', () => {
  it.each(Object.entries(BLOBS))('of type %s are read, and written as they were', (type, blob) => {
    for (const comment of ['', 'alice@laptop', 'with blanks, "quotes" and #']) {
      const line = toLine(type, blob, comment);
      const key = parsePublicKey(`${line}\n`);
      expect(key).toMatchObject({ type, comment });
      expect(key.blob).toEqual(blob);
      expect(formatPublicKey(key)).toBe(line);
    }
  });

  it('have the fingerprint of their blob', () => {
    // As `ssh-keygen -l` of OpenSSH 9.2 shows it.
    const line =
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MRpOijyhNdUefQzOtdErQdgY alice@laptop';
    expect(fingerprintOf(parsePublicKey(line))).toBe('SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE');
  });

  it.each(AUTHORITIES)('of %s come from a private key and from its public half', (_, key) => {
    const made = toSshPublicKey(key);
    expect(parsePublicKey(formatPublicKey(made))).toEqual(made);
  });

  it.each(['', 'ssh-ed25519', 'ssh-ed25519 AAAA#', 'no-pty ssh-ed25519 AAAA', 'ssh-ed25519  AAAA', ' '])(
    'are refused where they are no line: %j',
    (line) => expect(() => parsePublicKey(line)).toThrow(malformed),
  );

  it('are refused with a second line, options, or characters that are not ASCII', () => {
    const line = toLine('ssh-ed25519', ed25519);
    for (const text of [
      `${line}\n${line}`,
      `restrict ${line}`,
      `${line} zoë`,
      `${line} a\tb`,
      `${line}\n\n`,
    ]) {
      expect(() => parsePublicKey(text)).toThrow(malformed);
    }
    expect(() => parsePublicKey(`${line} ${'x'.repeat(9_000)}`)).toThrow(malformed);
  });

  it('are refused where the line names another type than the bytes', () => {
    expect(() => parsePublicKey(toLine('ssh-rsa', ed25519))).toThrow(malformed);
    expect(() => parsePublicKey(toLine('ssh-ed25519', rsa))).toThrow(malformed);
  });

  it('are refused with bytes behind them, and of a length that none has', () => {
    const key = ed25519.subarray(-32);
    for (const blob of [
      Uint8Array.of(...ed25519, 0),
      wire('ssh-ed25519', key.subarray(1)),
      wire('ssh-ed25519', Uint8Array.of(0, ...key)),
    ]) {
      expect(() => parsePublicKey(toLine('ssh-ed25519', blob))).toThrow(malformed);
    }
  });

  it('are refused of types that are not taken', () => {
    for (const type of ['ssh-dss', 'ssh-ed448', 'x', 'ssh-ed25519-cert-v01@openssh.com']) {
      expect(() => parsePublicKey(toLine(type, wire(type, ed25519.subarray(-32))))).toThrow(unsupported);
    }
  });

  it('are refused of RSA below 3072 bits, and with numbers that are not canonical', () => {
    expect(() => parsePublicKey(toLine('ssh-rsa', rsaBlob(2048)))).toThrow(
      expect.objectContaining({ code: 'ssh-public-key-unsupported', got: 2048, want: 3072 }),
    );
    // 3072 bits and a sign byte; another zero is one too many, and without any it is negative.
    const modulus = rsa.subarray(-385);
    for (const blob of [
      padLast(rsa, 385, 0),
      wire('ssh-rsa', Uint8Array.of(1, 0, 1), modulus.subarray(1)),
      wire('ssh-rsa', Uint8Array.of(0, 1, 0, 1), modulus),
      wire('ssh-rsa', Uint8Array.of(1, 0, 0), modulus),
      wire('ssh-rsa', Uint8Array.of(1), modulus),
    ]) {
      expect(() => parsePublicKey(toLine('ssh-rsa', blob))).toThrow(malformed);
    }
  });

  it.each([
    ['nistp256', 65],
    ['nistp384', 97],
    ['nistp521', 133],
  ] as const)('are refused with a point that is not one of %s', (curve, length) => {
    const type = `ecdsa-sha2-${curve}`;
    const blob = BLOBS[type] ?? new Uint8Array();
    const point = blob.subarray(-length);
    const moved = point.slice();
    moved[length - 1] = (moved[length - 1] ?? 0) ^ 1;
    const compressed = Uint8Array.of(2, ...point.subarray(1, (length + 1) / 2));
    const hybrid = Uint8Array.of(6, ...point.subarray(1));
    const other = pointOf({ x: 'AA', y: 'AA' });
    for (const bad of [
      moved,
      compressed,
      hybrid,
      other,
      new Uint8Array(length),
      new Uint8Array(0),
      Uint8Array.of(0),
    ]) {
      expect(() => parsePublicKey(toLine(type, wire(type, curve, bad)))).toThrow(malformed);
    }
    expect(() => parsePublicKey(toLine(type, wire(type, 'nistp224', point)))).toThrow(malformed);
  });

  it('of FIDO are refused without an application', () => {
    const [type, key] = ['sk-ssh-ed25519@openssh.com', ed25519.subarray(-32)];
    for (const blob of [
      wire(type, key),
      wire(type, key, ''),
      wire(type, key, 'a b'),
      wire(type, key, 'ssh:', ''),
    ]) {
      expect(() => parsePublicKey(toLine(type, blob))).toThrow(malformed);
    }
  });
});
