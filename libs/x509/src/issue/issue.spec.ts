import { concat, toHex, utf8, type Bytes } from '@asterism/bytes';
import { MINT_AT, mintChain } from '@asterism/testkit';
import { stopwatch } from '@asterism/testkit/malformed';
import fc from 'fast-check';
import { createPublicKey, createVerify, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { EKU, type KeyUsage } from '../certificate/extensions.ts';
import { parseCertificate, type Certificate } from '../certificate/certificate.ts';
import { encodeName, parseName } from '../certificate/name.ts';
import { verifyChain } from '../chain/verify-chain.ts';
import { DerReader } from '../der/reader.ts';
import { TAG } from '../der/tag.ts';
import { derExplicit, derNull, derOctetString, derSequence, derUnsignedInteger } from '../der/writer.ts';
import { parsePem, toPem } from '../pem.ts';
import { spkiSha256 } from '../signature/spki.ts';
import type { CryptoKeyPair } from '../webcrypto.ts';
import { verifyCsr } from './csr.ts';
import {
  createSelfSigned,
  exportSpki,
  issueCertificate,
  type CertificateContent,
} from './issue-certificate.ts';
import { signStructure } from './sign.ts';

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const refusal = (code: string) => expect.objectContaining({ code }) as Error;
const DATES = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const CA = {
  basicConstraints: { ca: true, pathLength: 0 },
  keyUsage: ['keyCertSign', 'cRLSign'] as KeyUsage[],
};

type Algorithm = Parameters<typeof crypto.subtle.generateKey>[0];
const generate = (algorithm: Algorithm) =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
const ecdsa = (namedCurve = 'P-256') => generate({ name: 'ECDSA', namedCurve } as Algorithm);
const rsa = (hash = 'SHA-256') =>
  generate({
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash,
  } as Algorithm);

let caKeys: CryptoKeyPair;
let ca: Certificate;
let leafSpki: Bytes;
beforeAll(async () => {
  caKeys = await ecdsa('P-384');
  ca = await createSelfSigned({
    ...DATES,
    ...CA,
    keys: caKeys,
    random,
    subject: [
      ['O', 'Test'],
      ['CN', 'CA'],
    ],
  });
  leafSpki = await exportSpki((await ecdsa()).publicKey);
});

const issue = (change: Partial<CertificateContent> & { readonly random?: typeof random } = {}) =>
  issueCertificate({
    ...DATES,
    subject: [['CN', 'leaf']],
    spki: leafSpki,
    issuer: ca,
    issuerKey: caKeys.privateKey,
    random,
    ...change,
  });

describe('issueCertificate', () => {
  it('names no key of an issuer that names none, and sets no path length unless it is told', async () => {
    const { subject } = ca;
    const issuer = { subject, subjectKeyIdentifier: undefined };
    const request = { ...DATES, subject: [['CN', 'below']] as const, spki: leafSpki, random };
    const { authorityKeyIdentifier, basicConstraints } = await issueCertificate({
      ...request,
      issuer,
      issuerKey: caKeys.privateKey,
      basicConstraints: { ca: true, pathLength: undefined },
    });
    expect(authorityKeyIdentifier).toBeUndefined();
    expect(basicConstraints).toEqual({ ca: true, pathLength: undefined });
  });

  it('gives a certificate that the chain rules and Node accept, saying what was asked for', async () => {
    const leaf = await issue({
      subjectAltNames: [
        { type: 'dns', value: 'node-1.example' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '2001:db8::1' },
        { type: 'uri', value: 'spiffe://example/node-1' },
        {
          type: 'directory-name',
          value: [
            ['CN', 'TPM'],
            ['2.23.133.2.1', 'id:53570000'],
          ],
        },
      ],
      basicConstraints: { ca: false, pathLength: undefined },
      keyUsage: ['digitalSignature', 'keyAgreement'],
      extendedKeyUsage: [EKU.serverAuth],
      extensions: [{ oid: '1.3.6.1.4.1.99999.1', critical: false, value: derNull() }],
    });
    const anchors = [{ name: 'CA', spkiSha256: await spkiSha256(ca) }];
    const chain = await verifyChain({
      leaf,
      intermediates: [ca],
      anchors,
      at: MINT_AT,
      leafEku: EKU.serverAuth,
    });
    expect(chain.leaf).toBe(leaf);
    expect(leaf).toMatchObject({
      version: 3,
      issuer: { text: 'O=Test, CN=CA' },
      subject: { text: 'CN=leaf' },
      ...DATES,
      keyUsage: new Set(['digitalSignature', 'keyAgreement']),
      authorityKeyIdentifier: ca.subjectKeyIdentifier,
    });
    const node = new X509Certificate(leaf.der);
    const issuer = new X509Certificate(ca.der);
    expect(node.verify(issuer.publicKey)).toBe(true);
    expect(node.checkIssued(issuer)).toBe(true);
    expect(node.checkHost('node-1.example')).toBe('node-1.example');
    expect(node.checkIP('2001:db8::1')).toBe('2001:db8::1');
    expect(node.serialNumber.toLowerCase()).toBe(leaf.serial);
    expect(node.subjectAltName).toContain('URI:spiffe://example/node-1');
  });

  it.each([
    ['ECDSA P-256', () => ecdsa('P-256')],
    ['ECDSA P-384', () => ecdsa('P-384')],
    ['ECDSA P-521', () => ecdsa('P-521')],
    ['RSA with SHA-256', () => rsa()],
    ['RSA with SHA-512', () => rsa('SHA-512')],
    ['Ed25519', () => generate('Ed25519' as unknown as Algorithm)],
  ])('signs with %s', async (_name, keys) => {
    const self = await createSelfSigned({
      ...DATES,
      ...CA,
      keys: await keys(),
      random,
      subject: [['CN', 'x']],
    });
    const node = new X509Certificate(self.der);
    expect(node.verify(node.publicKey)).toBe(true);
    expect(parseCertificate(self.der)).toEqual(self);
  });

  it('makes random serials of 16 octets that are positive and of one length', async () => {
    for (const octet of [0x00, 0x7f, 0x80, 0xff]) {
      const { serial } = await issue({ random: (length) => new Uint8Array(length).fill(octet) });
      expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    }
    const [a, b] = [await issue(), await issue()];
    expect(a.serial).not.toBe(b.serial);
  });

  it('marks the alternative name critical where it is the only one', async () => {
    const subjectAltNames = [{ type: 'dns', value: 'a.example' }] as const;
    const critical = async (subject: CertificateContent['subject']) =>
      (await issue({ subject, subjectAltNames })).extensions.find(({ oid }) => oid === '2.5.29.17')?.critical;
    expect([await critical([]), await critical([['CN', 'x']])]).toEqual([true, false]);
  });

  it.each<readonly [string, Parameters<typeof issue>[0]]>([
    ['dates in the wrong order', { notBefore: DATES.notAfter, notAfter: DATES.notBefore }],
    ['no date', { notAfter: new Date(Number.NaN) }],
    ['a date before 1950', { notBefore: new Date('1949-01-01') }],
    ['a random source that gives too little', { random: () => new Uint8Array(15) }],
    ['a DNS name with a space', { subjectAltNames: [{ type: 'dns', value: 'a b' }] }],
    ['an empty DNS name', { subjectAltNames: [{ type: 'dns', value: '' }] }],
    ['an attribute type that is none', { subject: [['common name', 'x']] }],
    ...[
      '1.2.3',
      '256.0.0.1',
      '010.0.0.1',
      '1.2.3.4.5',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      'g::1',
      '12345::',
      '::1%lo',
      '',
    ].map(
      (value) =>
        [`an address ${JSON.stringify(value)}`, { subjectAltNames: [{ type: 'ip', value }] }] as const,
    ),
  ])('refuses %s', async (_title, change) => {
    await expect(issue(change)).rejects.toThrow(refusal('argument-invalid'));
  });

  it('refuses keys that may not sign', async () => {
    const { publicKey, privateKey } = await ecdsa();
    const agreement = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
      'deriveBits',
    ]);
    const pss = await generate({
      name: 'RSA-PSS',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    } as Algorithm);
    for (const key of [publicKey, (agreement as CryptoKeyPair).privateKey, pss.privateKey]) {
      await expect(signStructure(derNull(), key)).rejects.toThrow(refusal('argument-invalid'));
    }
    await expect(signStructure(derNull(), (await rsa('SHA-1')).privateKey)).rejects.toThrow(
      refusal('argument-invalid'),
    );
    await expect(signStructure(derNull(), privateKey)).resolves.toBeDefined();
  });
});

describe('certificates of other makers', () => {
  it('read the same here and in Node, for every minted kind', async () => {
    for (const keys of ['ecdsa-p256', 'rsa-2048', 'ed25519'] as const) {
      const { leaf, intermediates } = await mintChain({ keys });
      for (const certificate of [leaf, ...intermediates]) {
        const node = new X509Certificate(certificate.der);
        const key = createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' });
        expect(node.publicKey.equals(key)).toBe(true);
        expect(node.validToDate).toEqual(certificate.notAfter);
        expect(BigInt(`0x${node.serialNumber}`)).toBe(BigInt(`0x${certificate.serial}`));
      }
    }
  });
});

describe('names', () => {
  it('survive the round trip, whatever their text', () => {
    const types = fc.constantFrom('CN', 'O', 'OU', 'C', 'serialNumber', '1.2.3.4');
    const list = fc.array(fc.tuple(types, fc.string({ unit: 'binary' })), { maxLength: 5 });
    fc.assert(
      fc.property(list, (input) => {
        const name = parseName(encodeName(input));
        expect(name.attributes.map(({ value }) => value)).toEqual(input.map(([, value]) => value));
      }),
      { seed: 4514, numRuns: 200 },
    );
  });
});

describe('certificate requests', () => {
  async function request(
    change: { spki?: Bytes; version?: number; signer?: CryptoKeyPair; attributes?: Uint8Array } = {},
  ) {
    const keys = await ecdsa();
    const info = derSequence(
      derUnsignedInteger(change.version ?? 0),
      encodeName([['CN', 'asks for everything']]),
      change.spki ?? (await exportSpki(keys.publicKey)),
      change.attributes ?? derExplicit(0),
    );
    return { der: await signStructure(info, (change.signer ?? keys).privateKey), keys };
  }

  it('prove possession of their key and lend nothing else', async () => {
    const { der, keys } = await request();
    const verified = await verifyCsr(der);
    expect(verified).toMatchObject({ subject: { text: 'CN=asks for everything' } });
    expect(toHex(verified.spki)).toBe(toHex(await exportSpki(keys.publicKey)));
  });

  it('are refused when another key signed them', async () => {
    const { der } = await request({ signer: await ecdsa() });
    await expect(verifyCsr(der)).rejects.toThrow(refusal('signature-invalid'));
  });

  it('are refused when they are malformed', async () => {
    await expect(verifyCsr((await request({ version: 1 })).der)).rejects.toThrow(refusal('csr-malformed'));
    await expect(verifyCsr((await request({ attributes: derNull() })).der)).rejects.toThrow(
      refusal('der-trailing-bytes'),
    );
    await expect(verifyCsr(new Uint8Array(64 * 1024 + 1))).rejects.toThrow(refusal('too-large'));
    const { der } = await request();
    for (let length = 0; length < der.length; length += 5) {
      await expect(verifyCsr(der.subarray(0, length))).rejects.toMatchObject({ outcome: 'input' });
    }
  });
});

describe('PEM', () => {
  it('survives the round trip, in lines of 64 characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 }),
        (list) => {
          const text = list.map((der) => toPem(der, 'X509 CRL')).join('text between\n');
          expect(parsePem(text, 'X509 CRL')).toEqual(list.map((der) => new Uint8Array(der)));
          expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(64);
        },
      ),
      { seed: 7468, numRuns: 100 },
    );
  });

  it('reads CRLF, and what Node wrote', () => {
    expect(parsePem(toPem(ca.der).replaceAll('\n', '\r\n'))).toEqual([ca.der]);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const [der] = parsePem(pem, 'PUBLIC KEY');
    expect(DerReader.of(der ?? new Uint8Array()).nextTag).toBe(TAG.sequence);
  });

  const block = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  it.each([
    ['no block', ''],
    ['another label', block.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['two labels', block.replace('END CERTIFICATE', 'END X509 CRL')],
    ['a block that does not end', '-----BEGIN CERTIFICATE-----\nAAAA\n'],
    ['a block that does not end before another', `-----BEGIN CERTIFICATE-----\n${block}`],
    [
      'a good block behind a broken one',
      `-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n${block}`,
    ],
    ['characters that are not base64', block.replace('AAAA', 'AA*A')],
    ['padding inside', block.replace('AAAA', 'A=AA')],
    ['padding that is missing', block.replace('AAAA', 'AA')],
    ['spare bits', block.replace('AAAA', 'AB==')],
    ['headers', block.replace('AAAA', 'Proc-Type: 4,ENCRYPTED\n\nAAAA')],
  ])('refuses %s', (_title, text) => {
    expect(() => parsePem(text)).toThrow(refusal('pem-malformed'));
  });

  it('takes hostile megabytes in bounded time', () => {
    const taken = stopwatch();
    for (const text of [
      '-----BEGIN CERTIFICATE-----\n'.repeat(40_000),
      '-'.repeat(1_000_000),
      `-----BEGIN ${'A'.repeat(1_000_000)}`,
    ]) {
      expect(() => parsePem(text)).toThrow(refusal('pem-malformed'));
    }
    expect(taken()).toBeLessThan(1_500);
  });
});

describe('signed structures', () => {
  it('are verified by Node over exactly the bytes that were signed', async () => {
    const keys = await ecdsa();
    const tbs = derSequence(derOctetString(utf8('body')));
    const fields = DerReader.of(await signStructure(tbs, keys.privateKey)).enter(TAG.sequence);
    expect(concat(fields.element().der)).toEqual(tbs);
    fields.element(TAG.sequence);
    const signature = fields.bitStringOctets();
    const spki = await exportSpki(keys.publicKey);
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    expect(createVerify('sha256').update(tbs).verify(key, signature)).toBe(true);
  });
});
