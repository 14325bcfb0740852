import type { Bytes } from '@asterism/bytes';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSelfSigned,
  EKU,
  exportSpki,
  issueCertificate,
  parseCertificate,
  parseCrl,
  parsePem,
  spkiSha256,
  toPem,
  verifyChain,
  verifyCsr,
  verifySignature,
  type Certificate,
} from './index.ts';

const run = promisify(execFile);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const DAY = 86_400_000;
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const dates = { notBefore: new Date(now.getTime() - DAY), notAfter: new Date(now.getTime() + 30 * DAY) };

let folder: string;
const file = (name: string) => join(folder, name);
const openssl = async (...args: readonly string[]) =>
  (await run('openssl', [...args], { cwd: folder })).stdout;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-x509-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pemOf = async (name: string, label?: Parameters<typeof parsePem>[1]): Promise<Bytes> => {
  const [der] = parsePem(await readFile(file(name), 'utf8'), label);
  if (der === undefined) throw new Error(`no block in ${name}`);
  return der;
};

describe('OpenSSL verifies what is issued here', () => {
  it.each([
    ['P-256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['P-384', { name: 'ECDSA', namedCurve: 'P-384' }],
    [
      'RSA',
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 2048,
        publicExponent: Uint8Array.of(1, 0, 1),
        hash: 'SHA-256',
      },
    ],
    ['Ed25519', { name: 'Ed25519' }],
  ] as const)('under %s keys, strictly', async (name, algorithm) => {
    const generate = () =>
      crypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify']) as unknown as Promise<{
        publicKey: Parameters<typeof exportSpki>[0];
        privateKey: Parameters<typeof exportSpki>[0];
      }>;
    const [rootKeys, middleKeys, leafKeys] = await Promise.all([generate(), generate(), generate()]);
    const root = await createSelfSigned({
      ...dates,
      keys: rootKeys,
      random,
      subject: [
        ['O', 'Asterism'],
        ['CN', `root ${name}`],
      ],
      basicConstraints: { ca: true, pathLength: 1 },
      keyUsage: ['keyCertSign', 'cRLSign'],
    });
    const issue = async (issuer: Certificate, key: typeof rootKeys, spki: Bytes, more: object) =>
      issueCertificate({ ...dates, subject: [], issuer, issuerKey: key.privateKey, spki, random, ...more });
    const middle = await issue(root, rootKeys, await exportSpki(middleKeys.publicKey), {
      subject: [['CN', 'middle']],
      basicConstraints: { ca: true, pathLength: 0 },
      keyUsage: ['keyCertSign'],
    });
    const leaf = await issue(middle, middleKeys, await exportSpki(leafKeys.publicKey), {
      subjectAltNames: [
        { type: 'dns', value: 'node.example' },
        { type: 'ip', value: '::1' },
      ],
      basicConstraints: { ca: false, pathLength: undefined },
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [EKU.serverAuth],
    });
    await Promise.all([
      writeFile(file('root.pem'), toPem(root.der)),
      writeFile(file('middle.pem'), toPem(middle.der)),
      writeFile(file('leaf.pem'), toPem(leaf.der)),
    ]);
    const verified = await openssl(
      ...[
        'verify',
        '-x509_strict',
        '-check_ss_sig',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'node.example',
      ],
      ...['-CAfile', 'root.pem', '-untrusted', 'middle.pem', 'leaf.pem'],
    );
    expect(verified).toContain('leaf.pem: OK');
    const text = await openssl(
      'x509',
      '-in',
      'leaf.pem',
      '-noout',
      '-text',
      '-ext',
      'subjectAltName,keyUsage',
    );
    expect(text).toContain('IP Address:0:0:0:0:0:0:0:1');
    expect(text).toContain('X509v3 Subject Alternative Name: critical');
  });
});

describe('what OpenSSL issued verifies here', () => {
  const CA_CONF = `
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:a.example,IP:10.0.0.1,email:x@example.org,URI:https://example.org/,dirName:dir
authorityKeyIdentifier = keyid,issuer
[dir]
C = DE
O = Directory
[ca]
default_ca = own
[own]
database = index.txt
default_md = sha256
default_crl_days = 7
crl_extensions = crl
crlnumber = crlnumber
[crl]
authorityKeyIdentifier = keyid
`;

  beforeAll(async () => {
    await Promise.all([
      writeFile(file('ca.conf'), CA_CONF),
      writeFile(file('index.txt'), ''),
      writeFile(file('crlnumber'), '01\n'),
    ]);
  });

  it.each([
    ['ECDSA', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha256']],
    ['RSA', ['-newkey', 'rsa:2048', '-sha384']],
    [
      'RSA-PSS',
      [
        '-newkey',
        'rsa:2048',
        '-sha384',
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        'rsa_pss_saltlen:digest',
      ],
    ],
    ['Ed25519', ['-newkey', 'ed25519']],
  ])('%s: chain, request and revocation list', async (_name, key) => {
    const sigopt = key.slice(key.indexOf('-sigopt') < 0 ? key.length : key.indexOf('-sigopt'));
    await openssl(
      'req',
      '-x509',
      '-config',
      'ca.conf',
      '-extensions',
      'root',
      '-subj',
      '/O=Test/CN=root',
      '-nodes',
      '-days',
      '30',
      ...['-keyout', 'root.key', '-out', 'root.pem'],
      ...key,
    );
    await openssl(
      'req',
      '-new',
      '-config',
      'ca.conf',
      '-subj',
      '/CN=leaf',
      '-nodes',
      ...['-keyout', 'leaf.key', '-out', 'leaf.csr'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    );
    await openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-set_serial',
      '0x1234',
      '-days',
      '20',
      ...['-extfile', 'ca.conf', '-extensions', 'leaf', '-out', 'leaf.pem'],
      ...sigopt,
    );

    const [root, leaf] = [
      parseCertificate(await pemOf('root.pem')),
      parseCertificate(await pemOf('leaf.pem')),
    ];
    expect(leaf.subjectAltNames.map(({ type }) => type)).toEqual([
      'dns',
      'ip',
      'email',
      'uri',
      'directory-name',
    ]);
    expect(leaf.serial).toBe('1234');
    const csr = await verifyCsr(await pemOf('leaf.csr', 'CERTIFICATE REQUEST'));
    expect(csr.spki).toEqual(leaf.spki);

    await openssl(
      'ca',
      '-config',
      'ca.conf',
      '-gencrl',
      '-keyfile',
      'root.key',
      '-cert',
      'root.pem',
      '-out',
      'fresh.crl',
      ...sigopt,
    );
    const at = new Date();
    const fresh = parseCrl(await pemOf('fresh.crl', 'X509 CRL'));
    const anchors = [{ name: 'root', spkiSha256: await spkiSha256(root) }];
    const request = { leaf, intermediates: [root], anchors, at, requireCrl: true };
    const chain = await verifyChain({ ...request, crls: [fresh], leafEku: EKU.clientAuth });
    expect(chain.revocationChecked).toEqual([true]);

    await openssl(
      'ca',
      '-config',
      'ca.conf',
      '-revoke',
      'leaf.pem',
      '-keyfile',
      'root.key',
      '-cert',
      'root.pem',
      ...sigopt,
    );
    await openssl(
      'ca',
      '-config',
      'ca.conf',
      '-gencrl',
      '-keyfile',
      'root.key',
      '-cert',
      'root.pem',
      '-out',
      'revoked.crl',
      ...sigopt,
    );
    const revoked = parseCrl(await pemOf('revoked.crl', 'X509 CRL'));
    expect([...revoked.revoked.keys()]).toEqual(['1234']);
    const later = { ...request, at: new Date(), crls: [revoked] };
    await expect(verifyChain(later)).rejects.toMatchObject({ code: 'revoked' });
    await writeFile(file('index.txt'), '');
  });

  it('S11 not, when it was signed with RSA-PSS of a short salt', async () => {
    await openssl(
      'req',
      '-x509',
      '-config',
      'ca.conf',
      '-extensions',
      'root',
      '-subj',
      '/CN=short',
      '-nodes',
      '-days',
      '3',
      '-newkey',
      'rsa:2048',
      '-sha384',
      ...[
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        'rsa_pss_saltlen:20',
        '-keyout',
        'short.key',
        '-out',
        'short.pem',
      ],
    );
    const { spki, signatureAlgorithm, tbs, signature } = parseCertificate(await pemOf('short.pem'));
    expect(signatureAlgorithm).toMatchObject({ kind: 'rsa-pss', saltLength: 20 });
    await expect(verifySignature(spki, signatureAlgorithm, tbs, signature)).rejects.toMatchObject({
      code: 'algorithm-refused',
    });
  });
});
