import type { Bytes } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { DerReader } from '../der/reader.ts';
import { derNull, derOid, derSequence, derUnsignedInteger } from '../der/writer.ts';
import { readSignatureAlgorithm } from './algorithm.ts';

const read = (oid: string, ...parameters: readonly Bytes[]) =>
  readSignatureAlgorithm(DerReader.of(derSequence(derOid(oid), ...parameters)));

const WITHOUT_PARAMETERS: readonly [name: string, oid: string, kind: string, rule: string][] = [
  ['ecdsa-with-SHA1', '1.2.840.10045.4.1', 'ecdsa', 'RFC 5758'],
  ['ecdsa-with-SHA256', '1.2.840.10045.4.3.2', 'ecdsa', 'RFC 5758'],
  ['ecdsa-with-SHA384', '1.2.840.10045.4.3.3', 'ecdsa', 'RFC 5758'],
  ['ecdsa-with-SHA512', '1.2.840.10045.4.3.4', 'ecdsa', 'RFC 5758'],
  ['id-Ed25519', '1.3.101.112', 'ed25519', 'RFC 8410'],
];

describe('a signature algorithm', () => {
  it.each(WITHOUT_PARAMETERS)('S11 %s has no parameters, not even NULL', (_name, oid, kind, rule) => {
    expect(read(oid).kind).toBe(kind);
    for (const parameters of [derNull(), derSequence(), derOid('1.2.840.10045.3.1.7')]) {
      expect(() => read(oid, parameters)).toThrow(
        expect.objectContaining({
          code: 'certificate-malformed',
          outcome: 'input',
          message: expect.stringContaining(rule),
          want: 'absent',
        }),
      );
    }
  });

  it('of RSA may have NULL or nothing (RFC 4055 §5), and nothing else', () => {
    const sha256 = '1.2.840.113549.1.1.11';
    for (const parameters of [[], [derNull()]]) {
      expect(read(sha256, ...parameters)).toEqual({ kind: 'rsa-pkcs1', hash: 'SHA-256' });
    }
    for (const parameters of [[derUnsignedInteger(1)], [derNull(), derNull()]]) {
      expect(() => read(sha256, ...parameters)).toThrow(expect.objectContaining({ outcome: 'input' }));
    }
  });

  it('that is not known is read with whatever parameters it has, and refused when it is to be checked', () => {
    expect(read('1.2.3.4', derUnsignedInteger(1))).toEqual({ kind: 'unknown', oid: '1.2.3.4' });
  });
});
