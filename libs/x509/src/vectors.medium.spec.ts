import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { readdirSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { fromHex, type Bytes } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import {
  parseCertificate,
  parseCrl,
  parsePem,
  toPem,
  verifyChain,
  X509Error,
  type Certificate,
  type Crl,
  type TrustAnchor,
} from './index.ts';

interface Vector {
  readonly id: string;
  readonly family: string;
  readonly verifyAt: string | null;
  readonly expected: {
    readonly checks?: Readonly<Record<string, unknown>>;
    readonly certs?: { readonly ark: { readonly spkiSha256: string } };
    readonly root?: { readonly spkiSha256: string };
    readonly legacyRoot?: { readonly spkiSha256: string };
  };
}

const bytesOf = (path: string): Bytes => new Uint8Array(readFileSync(join(VECTORS, path)));
const certificatesOf = (path: string): Certificate[] =>
  (path.endsWith('.pem') ? parsePem(readFileSync(join(VECTORS, path), 'utf8')) : [bytesOf(path)]).map(
    parseCertificate,
  );
const one = (path: string): Certificate => {
  const [first] = certificatesOf(path);
  if (first === undefined) throw new Error(`no certificate in ${path}`);
  return first;
};
const manifest = VECTORS_PRESENT
  ? (JSON.parse(readFileSync(join(VECTORS, 'MANIFEST.json'), 'utf8')) as Vector[])
  : [];
const vector = (id: string): Vector => {
  const found = manifest.find((entry) => entry.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
};
const files = VECTORS_PRESENT
  ? readdirSync(VECTORS, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(pem|der)$/.test(path))
  : [];

const anchor = (name: string, spkiSha256: string | undefined): TrustAnchor => ({
  name,
  spkiSha256: spkiSha256 ?? '',
});
const amdAnchors = () =>
  ['milan', 'genoa', 'turin'].map((product) =>
    anchor(`ARK-${product}`, vector(`trust-anchors/amd-${product}`).expected.certs?.ark.spkiSha256),
  );
const outcome = (verification: Promise<unknown>) =>
  verification.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  );

/** Made by a library that writes NULL parameters for ECDSA, which RFC 5758 §3.2 forbids. */
const MALFORMED = new Set(['atls/interop-ratls-gramine/cert.pem']);

describe.skipIf(!VECTORS_PRESENT)('certificates from the field', () => {
  const isCrl = (path: string) => /crl[^/]*\.der$/i.test(path);
  const isCertificate = (path: string) => !isCrl(path) && !/pub\.pem$|\.sig\.der$/.test(path);

  it.each(files.filter(isCertificate))('%s reads as Node reads it', (path) => {
    if (MALFORMED.has(path)) {
      expect(() => certificatesOf(path)).toThrow(X509Error);
      return;
    }
    for (const certificate of certificatesOf(path)) {
      // As PEM: given DER, Node first looks for PEM in it, and RA-TLS certificates carry a whole chain in an extension.
      const node = new X509Certificate(toPem(certificate.der));
      expect(BigInt(`0x${certificate.serial}`)).toBe(BigInt(`0x${node.serialNumber}`));
      expect(certificate.notBefore).toEqual(node.validFromDate);
      expect(certificate.notAfter).toEqual(node.validToDate);
      expect(certificate.basicConstraints?.ca ?? false).toBe(node.ca);
      expect(Buffer.from(certificate.spki)).toEqual(node.publicKey.export({ type: 'spki', format: 'der' }));
    }
  });

  it.each(files.filter(isCrl))('%s reads as a revocation list', (path) => {
    const crl = parseCrl(bytesOf(path));
    expect(crl.nextUpdate.getTime()).toBeGreaterThan(crl.thisUpdate.getTime());
  });
});

describe.skipIf(!VECTORS_PRESENT)('AMD chains', () => {
  const names = manifest.filter(({ id, family }) => family === 'snp' && /ark\.pem/.test(String(listing(id))));

  it.each(names)('$id: VCEK or VLEK to its pinned ARK', async ({ id, verifyAt, expected }) => {
    const list = listing(id);
    const [leaf, intermediate] = [
      list.find((name) => /^v[cl]ek\.(der|pem)$/.test(name)),
      list.find((name) => /^asv?k\.pem$/.test(name)),
    ];
    const verification = verifyChain({
      leaf: one(`${id}/${leaf}`),
      intermediates: [one(`${id}/${intermediate}`), one(`${id}/ark.pem`)],
      anchors: amdAnchors(),
      at: new Date(verifyAt ?? ''),
    });
    const { ekSignedByIntermediate, intermediateSignedByArk, arkSelfSigned } = expected.checks ?? {};
    const good =
      ekSignedByIntermediate === true && intermediateSignedByArk === true && arkSelfSigned === true;
    if (good) expect(await outcome(verification)).toBe('accepted');
    else expect(await outcome(verification)).not.toBe('accepted');
  });

  it('S11 the CRL of Genoa does not revoke the current ASK, and is never used once it is out of date', async () => {
    const { verifyAt } = vector('trust-anchors/amd-crl-genoa');
    const folder = 'trust-anchors/amd-crl-genoa';
    const crl = parseCrl(bytesOf(`${folder}/crl.der`));
    expect([...crl.revoked.keys()]).toEqual(['020001']);
    const request = {
      leaf: one(`${folder}/ask.pem`),
      intermediates: [one(`${folder}/ark.pem`)],
      anchors: amdAnchors(),
      crls: [crl],
      requireCrl: true,
    };
    expect((await verifyChain({ ...request, at: new Date(verifyAt ?? '') })).revocationChecked).toEqual([
      true,
    ]);
    expect(await outcome(verifyChain({ ...request, at: crl.nextUpdate }))).toBe('crl-expired');
  });
});

describe.skipIf(!VECTORS_PRESENT)('Intel chains', () => {
  const folder = 'trust-anchors/intel-sgx-root';
  const anchors = () => [anchor('Intel SGX Root CA', vector(folder).expected.root?.spkiSha256)];
  const crls = () =>
    [0, 1, 2, 3].map((index): Crl => parseCrl(bytesOf(`${folder}/root-ca-crl-${index}.der`)));

  it.each(['pck-platform-ca-0.pem', 'pck-processor-ca-0.pem'])(
    '%s with the list of its day',
    async (name) => {
      for (const crl of crls()) {
        const request = {
          leaf: one(`${folder}/${name}`),
          intermediates: [one(`${folder}/intel-sgx-root-ca.der`)],
          anchors: anchors(),
        };
        const at = new Date(crl.thisUpdate.getTime() + 1_000);
        const chain = await verifyChain({ ...request, at, crls: crls(), requireCrl: true });
        expect(chain.revocationChecked).toEqual([true]);
        // Only the others: none of them is fresh that day, unless two overlap.
        const others = crls().filter(({ thisUpdate }) => thisUpdate > crl.nextUpdate);
        if (others.length === 0) continue;
        expect(await outcome(verifyChain({ ...request, at, crls: others, requireCrl: true }))).toBe(
          'crl-not-yet-valid',
        );
      }
    },
  );

  it('S11 the pre-production root has the name of the production root and is not it', async () => {
    for (const name of ['root-v4.pem', 'root-v5.pem']) {
      const root = one(`trust-anchors/intel-preproduction-root-NOT-TRUSTED/${name}`);
      const genuine = one(`${folder}/intel-sgx-root-ca.der`);
      expect(root.subject.text).toBe(genuine.subject.text);
      const leaf = one(`${folder}/pck-platform-ca-0.pem`);
      const request = { leaf, anchors: anchors(), at: new Date('2025-06-01T00:00:00Z') };
      expect(await outcome(verifyChain({ ...request, intermediates: [root] }))).not.toBe('accepted');
      expect(await outcome(verifyChain({ ...request, intermediates: [root, genuine] }))).toBe('accepted');
    }
  });

  it('reads every list and chain of the collateral files', () => {
    for (const path of readdirSync(VECTORS, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('collateral.json')) continue;
      const collateral = JSON.parse(readFileSync(join(VECTORS, path), 'utf8')) as Record<string, string>;
      for (const [key, text] of Object.entries(collateral)) {
        if (key.endsWith('_chain'))
          for (const der of parsePem(text.replaceAll('\0', ''))) parseCertificate(der);
        if (key.endsWith('_crl')) expect(parseCrl(fromHex(text)).issuer.text).toContain('Intel SGX');
      }
    }
  });
});

/** Three of one name with different keys. */
const GOOGLE_INTERMEDIATES = ['84606234', '86ee03e6', 'c84de811'].map(
  (name) => `../../trust-anchors/gcp-vtpm-ek-ak/intermediate-${name}.pem`,
);

describe.skipIf(!VECTORS_PRESENT)('chains of virtual TPMs', () => {
  const google = () => {
    const { root, legacyRoot } = vector('trust-anchors/gcp-vtpm-ek-ak').expected;
    return [anchor('EK/AK CA Root', root?.spkiSha256), anchor('legacy root', legacyRoot?.spkiSha256)];
  };
  const microsoft = () => [
    anchor('Azure vTPM root', vector('trust-anchors/azure-vtpm').expected.root?.spkiSha256),
  ];
  const chain = (
    id: string,
    leaf: string,
    above: readonly string[],
    anchors: readonly TrustAnchor[],
    at: string | null,
  ) =>
    verifyChain({
      leaf: one(`${id}/${leaf}`),
      intermediates: above.flatMap((name) => certificatesOf(`${id}/${name}`)),
      anchors,
      at: new Date(at ?? ''),
    });

  it.each([
    ['gcp/cos85-nonce9009', 'ak_cert.der', ['ak_intermediate.pem', 'ak_root.pem']],
    ['gcp/ek-ak-certificates', 'openpcc-ak.pem', ['openpcc-intermediate.pem', 'root.pem']],
    ['gcp/ek-ak-certificates', 'salrashid-ak.pem', ['salrashid-intermediate.pem', 'root.pem']],
    ['gcp/ek-ak-certificates', 'salrashid-ek.pem', ['root.pem', ...GOOGLE_INTERMEDIATES]],
  ])('Google: %s %s', async (id, leaf, above) => {
    const { verifyAt } = vector(id);
    expect(await outcome(chain(id, leaf, above, google(), verifyAt))).toBe('accepted');
    expect(await outcome(chain(id, leaf, above, microsoft(), verifyAt))).toBe('anchor-unknown');
  });

  it('S11 Google: an intermediate of the same name with another key does not do', async () => {
    const id = 'gcp/neg-ak-chain-wrong-intermediate';
    const [leaf, ...above] = certificatesOf(`${id}/ak-cert-chain.pem`);
    if (leaf === undefined) throw new Error('no chain');
    const verification = verifyChain({
      leaf,
      intermediates: above,
      anchors: google(),
      at: new Date(vector(id).verifyAt ?? ''),
    });
    expect(await outcome(verification)).not.toBe('accepted');
  });

  it('Microsoft: the intermediates of the vTPM root, in any order and number', async () => {
    const id = 'trust-anchors/azure-vtpm';
    const above = [
      'azure-cloud-virtual-tpm-ca-2025.pem',
      'azure-virtual-tpm-root-2023.pem',
      'global-virtual-tpm-ca-01.pem',
    ];
    const at = vector(id).verifyAt;
    expect(await outcome(chain(id, 'azure-cloud-virtual-tpm-ca-24.pem', above, microsoft(), at))).toBe(
      'accepted',
    );
    expect(await outcome(chain(id, 'global-virtual-tpm-ca-03.pem', above, microsoft(), at))).toBe('accepted');
    expect(
      await outcome(
        chain(id, 'global-virtual-tpm-ca-01.pem', ['azure-virtual-tpm-root-2023.pem'], microsoft(), at),
      ),
    ).toBe('expired');
  });
});

function listing(id: string): string[] {
  return readdirSync(join(VECTORS, id));
}
