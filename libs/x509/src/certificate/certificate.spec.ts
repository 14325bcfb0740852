import { concat, fromHex, utf8, type Bytes } from '@asterism/bytes';
import {
  authorityKeyIdentifier,
  basicConstraints,
  commonName,
  extendedKeyUsage,
  keyUsage,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintChain,
  mintKey,
  subjectKeyIdentifier,
  type MintKey,
} from '@asterism/testkit';
import { stopwatch } from '@asterism/testkit/malformed';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextConstructed, contextPrimitive, TAG } from '../der/tag.ts';
import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derNamedBits,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derTime,
  derUnsignedInteger,
  derUtf8String,
} from '../der/writer.ts';
import { X509Error, type X509ErrorCode } from '../errors.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { EKU, EXTENSION, type Extension } from './extensions.ts';
import { parseName } from './name.ts';

const refusal = (code: X509ErrorCode) => expect.objectContaining({ code, outcome: 'input' }) as Error;

let key: MintKey;
let genuine: Certificate;
beforeAll(async () => {
  key = await mintKey();
  const { leaf } = await mintChain({
    leafExtensions: [
      basicConstraints(false),
      keyUsage(0, 2),
      extendedKeyUsage(EKU.clientAuth, EKU.serverAuth),
    ],
  });
  genuine = leaf;
});

/** Fields of a TBSCertificate in their order, each replaceable by any bytes. */
interface Fields {
  readonly version: Bytes;
  readonly serial: Bytes;
  readonly algorithm: Bytes;
  readonly outerAlgorithm: Bytes;
  readonly issuer: Bytes;
  readonly validity: Bytes;
  readonly subject: Bytes;
  readonly spki: Bytes;
  readonly uniqueIds: Bytes;
  readonly extensions: Bytes;
  readonly signature: Bytes;
}

const EMPTY = new Uint8Array();
const extensionsOf = (...list: readonly Uint8Array[]) => derExplicit(3, derSequence(...list));
const extension = (oid: string, ...fields: readonly Uint8Array[]) => derSequence(derOid(oid), ...fields);

/** No signature is checked by the parser, so an empty one serves. */
function certificate(change: Partial<Fields> = {}): Bytes {
  const fields: Fields = {
    version: derExplicit(0, derUnsignedInteger(2)),
    serial: derUnsignedInteger(1),
    algorithm: key.algorithm,
    outerAlgorithm: change.algorithm ?? key.algorithm,
    issuer: commonName('issuer'),
    validity: derSequence(derTime(MINT_NOT_BEFORE), derTime(MINT_NOT_AFTER)),
    subject: commonName('subject'),
    spki: key.spki,
    uniqueIds: EMPTY,
    extensions: EMPTY,
    signature: derBitString(EMPTY),
    ...change,
  };
  const { version, serial, algorithm, issuer, validity, subject, spki, uniqueIds, extensions } = fields;
  return derSequence(
    derSequence(version, serial, algorithm, issuer, validity, subject, spki, uniqueIds, extensions),
    fields.outerAlgorithm,
    fields.signature,
  );
}
const withExtensions = (...list: readonly Extension[]) =>
  certificate({
    extensions: extensionsOf(
      ...list.map(({ oid, critical, value }) =>
        extension(oid, ...(critical ? [derBoolean(true)] : []), derOctetString(value)),
      ),
    ),
  });

describe('parseCertificate', () => {
  it('gives every field as it stands', () => {
    expect(genuine).toMatchObject({
      version: 3,
      serial: '03e8',
      signatureAlgorithm: { kind: 'ecdsa', hash: 'SHA-256' },
      subject: { text: 'CN=mint leaf' },
      notBefore: MINT_NOT_BEFORE,
      notAfter: MINT_NOT_AFTER,
      basicConstraints: { ca: false, pathLength: undefined },
      keyUsage: new Set(['digitalSignature', 'keyEncipherment']),
      extendedKeyUsage: [EKU.clientAuth, EKU.serverAuth],
      subjectAltNames: [],
    });
    expect(genuine.subjectKeyIdentifier).toHaveLength(20);
    expect(genuine.authorityKeyIdentifier).toHaveLength(20);
    expect(parseCertificate(genuine.der)).toEqual(genuine);
  });

  it('knows the three versions', () => {
    expect(parseCertificate(certificate()).version).toBe(3);
    expect(parseCertificate(certificate({ version: EMPTY })).version).toBe(1);
    expect(parseCertificate(certificate({ version: derExplicit(0, derUnsignedInteger(1)) })).version).toBe(2);
  });

  it('keeps its own copy of the bytes', () => {
    const der = certificate();
    const parsed = parseCertificate(der);
    der.fill(0);
    expect(parseCertificate(parsed.der)).toEqual(parsed);
  });

  const malformed: readonly (readonly [string, () => Partial<Fields>])[] = [
    ['an unknown version', () => ({ version: derExplicit(0, derUnsignedInteger(3)) })],
    ['a default version written out', () => ({ version: derExplicit(0, derUnsignedInteger(0)) })],
    ['two versions', () => ({ version: derExplicit(0, derUnsignedInteger(2), derUnsignedInteger(2)) })],
    ['a negative serial', () => ({ serial: fromHex('0201ff') })],
    ['a serial of 21 octets', () => ({ serial: derUnsignedInteger(new Uint8Array(21).fill(1)) })],
    [
      'another algorithm outside than inside',
      () => ({ outerAlgorithm: derSequence(derOid('1.2.840.10045.4.3.3')) }),
    ],
    ['parameters of ECDSA', () => ({ algorithm: derSequence(derOid('1.2.840.10045.4.3.2'), derNull()) })],
    [
      'parameters of RSA that are not null',
      () => ({ algorithm: derSequence(derOid('1.2.840.113549.1.1.11'), derUnsignedInteger(1)) }),
    ],
    ['an empty relative name', () => ({ subject: derSequence(derSetOf()) })],
    [
      'an attribute without a value',
      () => ({ subject: derSequence(derSetOf(derSequence(derOid('2.5.4.3')))) }),
    ],
    [
      'text in a name that is not UTF-8',
      () => ({
        subject: derSequence(
          derSetOf(derSequence(derOid('2.5.4.3'), derElement(TAG.utf8String, Uint8Array.of(0xff)))),
        ),
      }),
    ],
    [
      'printable text that is not ASCII',
      () => ({
        subject: derSequence(
          derSetOf(derSequence(derOid('2.5.4.3'), derElement(TAG.printableString, Uint8Array.of(0xe9)))),
        ),
      }),
    ],
    ['one date', () => ({ validity: derSequence(derTime(MINT_NOT_BEFORE)) })],
    [
      'three dates',
      () => ({
        validity: derSequence(derTime(MINT_NOT_BEFORE), derTime(MINT_NOT_AFTER), derTime(MINT_NOT_AFTER)),
      }),
    ],
    [
      'extensions in version 1',
      () => ({
        version: EMPTY,
        extensions: extensionsOf(extension(EXTENSION.crlNumber, derOctetString(EMPTY))),
      }),
    ],
    [
      'unique identifiers in version 1',
      () => ({ version: EMPTY, uniqueIds: derElement(contextPrimitive(1), Uint8Array.of(0)) }),
    ],
    [
      'unique identifiers in the wrong order',
      () => ({
        uniqueIds: concat(
          derElement(contextPrimitive(2), Uint8Array.of(0)),
          derElement(contextPrimitive(1), Uint8Array.of(0)),
        ),
      }),
    ],
    ['an empty list of extensions', () => ({ extensions: extensionsOf() })],
    [
      'two lists of extensions',
      () => ({
        extensions: derExplicit(3, derSequence(extension('1.2.3', derOctetString(EMPTY))), derSequence()),
      }),
    ],
    [
      'an extension given twice',
      () => ({
        extensions: extensionsOf(
          extension('1.2.3', derOctetString(EMPTY)),
          extension('1.2.3', derOctetString(EMPTY)),
        ),
      }),
    ],
    [
      'an extension without a value',
      () => ({ extensions: extensionsOf(extension('1.2.3', derBoolean(true))) }),
    ],
    [
      'an extension with something behind its value',
      () => ({ extensions: extensionsOf(extension('1.2.3', derOctetString(EMPTY), derNull())) }),
    ],
    ['a signature of odd bits', () => ({ signature: fromHex('0302017e') })],
    ['something behind the signature', () => ({ signature: concat(derBitString(EMPTY), derNull()) })],
    [
      'something behind the extensions',
      () => ({ extensions: concat(extensionsOf(extension('1.2.3', derOctetString(EMPTY))), derNull()) }),
    ],
  ];
  for (const [title, change] of malformed) {
    it(`refuses ${title}`, () => {
      expect(() => parseCertificate(certificate(change()))).toThrow(X509Error);
    });
  }

  const broken: readonly (readonly [string, string, () => Uint8Array])[] = [
    ['a CA flag that is no sequence', EXTENSION.basicConstraints, () => derBoolean(true)],
    [
      'a path length without the CA flag',
      EXTENSION.basicConstraints,
      () => derSequence(derUnsignedInteger(1)),
    ],
    [
      'a negative path length',
      EXTENSION.basicConstraints,
      () => derSequence(derBoolean(true), fromHex('0201ff')),
    ],
    [
      'basic constraints with more behind',
      EXTENSION.basicConstraints,
      () => concat(derSequence(), derNull()),
    ],
    ['a key usage that allows nothing', EXTENSION.keyUsage, () => derNamedBits([])],
    ['a key usage of nine zero bits', EXTENSION.keyUsage, () => fromHex('0303070000')],
    ['an unknown bit of key usage', EXTENSION.keyUsage, () => derNamedBits([0, 9])],
    ['an empty extended key usage', EXTENSION.extendedKeyUsage, () => derSequence()],
    [
      'an extended key usage that is no identifier',
      EXTENSION.extendedKeyUsage,
      () => derSequence(derUtf8String('x')),
    ],
    ['an empty alternative name', EXTENSION.subjectAltName, () => derSequence()],
    [
      'an alternative name of another form',
      EXTENSION.subjectAltName,
      () => derSequence(derElement(contextPrimitive(9), Uint8Array.of(1))),
    ],
    [
      'a DNS name with a space',
      EXTENSION.subjectAltName,
      () => derSequence(derElement(contextPrimitive(2), utf8('a b'))),
    ],
    [
      'a DNS name with a zero byte',
      EXTENSION.subjectAltName,
      () => derSequence(derElement(contextPrimitive(2), utf8('a.example\0.b'))),
    ],
    [
      'a DNS name that is not ASCII',
      EXTENSION.subjectAltName,
      () => derSequence(derElement(contextPrimitive(2), utf8('é'))),
    ],
    ['an empty DNS name', EXTENSION.subjectAltName, () => derSequence(derElement(contextPrimitive(2)))],
    [
      'an address of five octets',
      EXTENSION.subjectAltName,
      () => derSequence(derElement(contextPrimitive(7), new Uint8Array(5))),
    ],
    [
      'a directory name with two names',
      EXTENSION.subjectAltName,
      () => derSequence(derExplicit(4, commonName('a'), commonName('b'))),
    ],
    ['a key identifier that is no octet string', EXTENSION.subjectKeyIdentifier, () => derNull()],
    [
      'an authority key identifier with an unknown member',
      EXTENSION.authorityKeyIdentifier,
      () => derSequence(derElement(contextPrimitive(3), Uint8Array.of(1))),
    ],
  ];
  for (const [title, oid, value] of broken) {
    it(`refuses ${title}`, () => {
      expect(() =>
        parseCertificate(withExtensions({ oid, critical: false, value: new Uint8Array(value()) })),
      ).toThrow(X509Error);
    });
  }

  it('keeps the value of an extension that it does not know, whatever is in it', () => {
    const value = Uint8Array.of(0xff, 0x00, 0x30, 0x80);
    const parsed = parseCertificate(withExtensions({ oid: '1.3.6.1.4.1.3704.1.4', critical: true, value }));
    expect(parsed.extensions).toEqual([{ oid: '1.3.6.1.4.1.3704.1.4', critical: true, value }]);
  });

  it('reads the forms of general names', () => {
    const value = derSequence(
      derElement(contextPrimitive(2), utf8('node-1.example')),
      derElement(contextPrimitive(1), utf8('a@example')),
      derElement(contextPrimitive(6), utf8('spiffe://example/node')),
      derElement(contextPrimitive(7), Uint8Array.of(127, 0, 0, 1)),
      derElement(contextPrimitive(7), fromHex('20010db8000000000000000000000001')),
      derExplicit(4, commonName('TPM')),
      derElement(contextConstructed(0), derOid('1.2.3'), derExplicit(0, derUtf8String('x'))),
    );
    const { subjectAltNames } = parseCertificate(
      withExtensions({ oid: EXTENSION.subjectAltName, critical: false, value }),
    );
    expect(subjectAltNames.map(({ type }) => type)).toEqual([
      ...['dns', 'email', 'uri', 'ip', 'ip', 'directory-name', 'other'],
    ]);
    expect(subjectAltNames[4]).toEqual({ type: 'ip', value: '2001:db8:0:0:0:0:0:1' });
    expect(subjectAltNames[5]).toMatchObject({ value: { text: 'CN=TPM' } });
  });

  it('reads key identifiers where they stand', () => {
    const identifier = Uint8Array.of(1, 2, 3);
    const parsed = parseCertificate(
      withExtensions(subjectKeyIdentifier(identifier), authorityKeyIdentifier(identifier)),
    );
    expect([parsed.subjectKeyIdentifier, parsed.authorityKeyIdentifier]).toEqual([identifier, identifier]);
    // Issuer and serial may stand beside the key identifier of the issuer (RFC 5280 §4.2.1.1), or instead of it.
    const key = derElement(contextPrimitive(0), identifier);
    const named = derExplicit(1, derExplicit(4, commonName('above')));
    const serial = derElement(contextPrimitive(2), Uint8Array.of(7));
    const read = (...parts: readonly Uint8Array[]) =>
      parseCertificate(
        withExtensions({ ...authorityKeyIdentifier(identifier), value: derSequence(...parts) }),
      );
    expect(read(key, named, serial).authorityKeyIdentifier).toEqual(identifier);
    expect(read(named, serial).authorityKeyIdentifier).toBeUndefined();
    for (const parts of [
      [named, key],
      [key, serial, named],
      [key, key],
      [key, named, serial, derNull()],
    ]) {
      expect(() => read(...parts)).toThrow(X509Error);
    }
  });

  it('refuses more than 64 KiB before it reads any of it', () => {
    expect(() => parseCertificate(new Uint8Array(64 * 1024 + 1))).toThrow(refusal('too-large'));
  });

  it('reads as many extensions as fit in bounded time', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => extension(`1.2.${i}`, derOctetString(EMPTY)));
    const taken = stopwatch();
    expect(parseCertificate(certificate({ extensions: extensionsOf(...many) })).extensions).toHaveLength(
      5_000,
    );
    expect(taken()).toBeLessThan(500);
  });

  it('S09 gives coded refusals for every cut and for seeded damage', () => {
    for (let length = 0; length < genuine.der.length; length++) {
      expect(() => parseCertificate(genuine.der.subarray(0, length)), String(length)).toThrow(X509Error);
    }
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (edits) => {
        const damaged = genuine.der.slice();
        for (const [at, octet] of edits) damaged[at % damaged.length] = octet;
        try {
          parseCertificate(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(X509Error);
        }
      }),
      { seed: 9, numRuns: 2_000 },
    );
  });
});

describe('names', () => {
  it('are text for people and bytes for comparison', () => {
    const attribute = (oid: string, value: Uint8Array) => derSequence(derOid(oid), value);
    const der = derSequence(
      derSetOf(attribute('2.5.4.6', derElement(TAG.printableString, utf8('US')))),
      derSetOf(attribute('2.5.4.10', derUtf8String('Acme, Inc')), attribute('2.5.4.11', derUtf8String('ü'))),
      derSetOf(attribute('2.23.133.2.1', derUtf8String('id:49465800'))),
      derSetOf(attribute('1.2.3', derElement(TAG.bmpString, Uint8Array.of(0, 0x41)))),
    );
    const name = parseName(der);
    expect(name.text).toBe('C=US, OU=ü, O=Acme\\, Inc, tpmManufacturer=id:49465800, 1.2.3=#0041');
    expect(name.der).toEqual(der);
  });

  it('S09 are refused with a code when their text is broken', () => {
    const der = derSequence(
      derSetOf(derSequence(derOid('2.5.4.3'), derElement(TAG.utf8String, Uint8Array.of(0xc0)))),
    );
    expect(() => parseName(der)).toThrow(refusal('certificate-malformed'));
  });
});
