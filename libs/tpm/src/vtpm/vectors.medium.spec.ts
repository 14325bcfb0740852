import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { toHex } from '@asterism/bytes';
import {
  parseCertificate,
  parseCrl,
  parsePem,
  spkiSha256,
  verifyChain,
  verifySignature,
  type Certificate,
} from '@asterism/x509';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AZURE_VTPM_ROOTS,
  decodePublic,
  GOOGLE_VTPM_ROOTS,
  parseGoogleInstance,
  toSpki,
  verifyAkCertificate,
} from '../index.ts';

const bytesOf = (path: string) => new Uint8Array(readFileSync(join(VECTORS, path)));
const certificatesOf = (path: string): Certificate[] =>
  (path.endsWith('.pem') ? parsePem(readFileSync(join(VECTORS, path), 'utf8')) : [bytesOf(path)]).map(
    parseCertificate,
  );
const one = (path: string): Certificate => {
  const [first] = certificatesOf(path);
  if (first === undefined) throw new Error(`no certificate in ${path}`);
  return first;
};
const vectorOf = (id: string) => JSON.parse(readFileSync(join(VECTORS, id, 'vector.json'), 'utf8'));

const GOOGLE = 'trust-anchors/gcp-vtpm-ek-ak';
/** All that Google publishes: two roots, three intermediates of one name, two of the older root. */
const collateral = () =>
  readdirSync(join(VECTORS, GOOGLE))
    .filter((file) => file.endsWith('.pem'))
    .map((file) => one(`${GOOGLE}/${file}`));

const verify = (leaf: Certificate, intermediates: readonly Certificate[], at: string) =>
  verifyAkCertificate({
    cloud: 'google',
    leaf,
    intermediates,
    roots: GOOGLE_VTPM_ROOTS,
    at: new Date(at),
  });

describe.skipIf(!VECTORS_PRESENT)('pinned roots of virtual TPMs', () => {
  it.each([
    ['trust-anchors/azure-vtpm/azure-virtual-tpm-root-2023.pem', AZURE_VTPM_ROOTS[0]],
    [`${GOOGLE}/gcp-ek-ak-ca-root.pem`, GOOGLE_VTPM_ROOTS[0]],
    [`${GOOGLE}/legacy-tpm_ek_root_1.pem`, GOOGLE_VTPM_ROOTS[1]],
  ])('%s is one', async (path, root) => {
    expect(await spkiSha256(one(path))).toBe(root?.spkiSha256);
    expect(one(path).subject.text).toContain(`CN=${root?.name}`);
  });
});

/** Leaf, the certificates that came with it, and what Google says of the machine. */
const GENUINE: readonly [id: string, leaf: string, above: readonly string[], instance: object][] = [
  [
    'gcp/cos85-nonce9009',
    'ak_cert.der',
    ['ak_intermediate.pem', 'ak_root.pem'],
    { zone: 'us-central1-a', projectId: 'google.com:wuale-gcp-testing', instanceName: 'cos-test' },
  ],
  [
    'gcp/ek-ak-certificates',
    'openpcc-ak.pem',
    ['openpcc-intermediate.pem', 'root.pem'],
    {
      zone: 'us-west1-b',
      projectNumber: '227362733779',
      projectId: 'nonvolatile-dev',
      instanceId: '8033817256003918212',
      instanceName: 'jfquinn-tdx-tpm-ubuntu-test-us-west1-b',
      securityVersion: 0,
      production: true,
    },
  ],
  [
    'gcp/ek-ak-certificates',
    'salrashid-ak.pem',
    ['salrashid-intermediate.pem', 'root.pem'],
    {
      zone: 'us-central1-a',
      projectNumber: '995081019036',
      projectId: 'core-eso',
      instanceId: '6524697943022743941',
      instanceName: 'instance-1',
    },
  ],
];

describe.skipIf(!VECTORS_PRESENT)('attestation key certificates of Google', () => {
  it.each(GENUINE)('%s/%s is genuine and names its machine', async (id, file, above, expected) => {
    const leaf = one(`${id}/${file}`);
    const at = vectorOf(id).verifyAt as string;
    const { chain, instance } = await verify(
      leaf,
      above.map((name) => one(`${id}/${name}`)),
      at,
    );
    expect(instance).toMatchObject({ ...expected, production: true });
    expect(chain.leaf.spki).toEqual(leaf.spki);
  });

  it.each(GENUINE)('%s/%s finds its issuer among three of one name', async (id, file) => {
    const leaf = one(`${id}/${file}`);
    const at = vectorOf(id).verifyAt as string;
    const { chain } = await verify(leaf, collateral(), at);
    expect(chain.certificates).toHaveLength(3);
    // Whoever strips the key identifiers from his search would take the wrong one in some order.
    await verify(leaf, collateral().reverse(), at);
  });

  it('the older kind has no subject, and is of the key that quotes', async () => {
    const leaf = one('gcp/cos85-nonce9009/ak_cert.der');
    expect(leaf.subject.text).toBe('');
    const area = decodePublic(bytesOf('gcp/cos85-nonce9009/ak_pub.tpmt'));
    expect(toSpki(area)).toEqual(leaf.spki);
  });

  it('gcp/vaportpm-amd-ecc-ak is genuine and of the P-256 key that quotes', async () => {
    const id = 'gcp/vaportpm-amd-ecc-ak';
    const [leaf, ...above] = certificatesOf(`${id}/ak-cert-chain.pem`);
    if (leaf === undefined) throw new Error('no chain');
    const { verifyAt, expected } = vectorOf(id);
    const { instance } = await verify(leaf, above, verifyAt);
    const { x, y } = expected.fields.akPublic;
    expect(toHex(leaf.spki)).toMatch(new RegExp(`04${x}${y}$`));
    expect(instance).toMatchObject({ projectId: 'lockboot', zone: 'us-central1-f' });
    // S12 and akCertMatchesAk of the negative: the key of another machine's certificate.
    const swapped = vectorOf('gcp/neg-ak-pub-swapped').expected.fields.akPublic;
    expect(toHex(leaf.spki)).not.toContain(swapped.x);
  });

  it('S11 gcp/neg-ak-chain-wrong-intermediate: another intermediate of that name does not do', async () => {
    const id = 'gcp/neg-ak-chain-wrong-intermediate';
    const [leaf, ...above] = certificatesOf(`${id}/ak-cert-chain.pem`);
    if (leaf === undefined) throw new Error('no chain');
    await expect(verify(leaf, above, vectorOf(id).verifyAt)).rejects.toMatchObject({
      name: 'ChainError',
      code: 'key-identifier-mismatch',
    });
  });

  it('gcp/dstack-tdx-plus-vtpm: an intermediate that nobody publishes leaves the chain without issuer', async () => {
    const id = 'gcp/dstack-tdx-plus-vtpm';
    const leaf = one(`${id}/ak_cert.der`);
    expect(parseGoogleInstance(leaf)).toMatchObject({ projectId: 'wuhan-workshop', production: true });
    await expect(verify(leaf, collateral(), vectorOf(id).verifyAt)).rejects.toMatchObject({
      name: 'ChainError',
      code: 'key-identifier-mismatch',
    });
  });

  it('an endorsement key is not an attestation key', async () => {
    const leaf = one('gcp/ek-ak-certificates/salrashid-ek.pem');
    const { verifyAt } = vectorOf('gcp/ek-ak-certificates');
    await expect(verify(leaf, collateral(), verifyAt)).rejects.toMatchObject({ code: 'key-usage' });
    const endorsement = {
      leaf,
      intermediates: collateral(),
      anchors: GOOGLE_VTPM_ROOTS,
      at: new Date(verifyAt),
    };
    await verifyChain({ ...endorsement, leafUsage: 'keyEncipherment' });
  });

  it('S11 the list of the root is used while it is fresh, and only then', async () => {
    const crls = [parseCrl(bytesOf(`${GOOGLE}/root-crl.der`))];
    const request = {
      cloud: 'google',
      leaf: one('gcp/ek-ak-certificates/salrashid-ak.pem'),
      intermediates: collateral(),
      roots: GOOGLE_VTPM_ROOTS,
      crls,
      requireCrl: 'intermediates',
    } as const;
    const { chain } = await verifyAkCertificate({ ...request, at: new Date('2024-05-10T00:00:00Z') });
    expect(chain.revocationChecked).toEqual([false, true]);
    await expect(
      verifyAkCertificate({ ...request, at: new Date('2024-05-15T00:00:00Z') }),
    ).rejects.toMatchObject({ name: 'ChainUndecidedError', code: 'crl-expired' });
  });
});

describe.skipIf(!VECTORS_PRESENT)('tokens of Confidential Space', () => {
  it('gcp/confidential-space-jwt is signed by a key that chains to its own root, and to no other', async () => {
    const id = 'gcp/confidential-space-jwt';
    const { verifyAt, expected } = vectorOf(id);
    const [head = '', body = '', signature = ''] = readFileSync(join(VECTORS, id, 'token.jwt'), 'utf8')
      .trim()
      .split('.');
    const decode = (part: string) => new Uint8Array(Buffer.from(part, 'base64url'));
    const { x5c, alg } = JSON.parse(new TextDecoder().decode(decode(head)));
    expect(alg).toBe(expected.alg);
    const [leaf, ...intermediates] = (x5c as string[]).map((der) =>
      parseCertificate(new Uint8Array(Buffer.from(der, 'base64'))),
    );
    if (leaf === undefined) throw new Error('no x5c');
    const { root } = vectorOf('trust-anchors/gcp-confidential-space').expected;
    const anchors = [{ name: 'Confidential Space Root CA', spkiSha256: root.spkiSha256 as string }];
    const request = { leaf, intermediates, at: new Date(verifyAt) };
    await verifyChain({ ...request, anchors });
    await expect(verifyChain({ ...request, anchors: GOOGLE_VTPM_ROOTS })).rejects.toMatchObject({
      code: 'anchor-unknown',
    });
    const signed = new TextEncoder().encode(`${head}.${body}`);
    const algorithm = { kind: 'rsa-pkcs1', hash: 'SHA-256' } as const;
    await verifySignature(leaf.spki, algorithm, signed, decode(signature));
    expect(JSON.parse(new TextDecoder().decode(decode(body)))).toMatchObject(expected.fields);
  });
});
