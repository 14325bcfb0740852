import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { concat, digest, sha256, toHex, type Bytes } from '@asterism/bytes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DerReader, parseCertificate, parsePem, spkiSha256, verifyChain, type Certificate } from './index.ts';

const bytesOf = (path: string): Bytes => new Uint8Array(readFileSync(join(VECTORS, 'atls', path)));
const derOf = (path: string): Bytes => {
  const [der] = parsePem(readFileSync(join(VECTORS, 'atls', path), 'utf8'));
  if (der === undefined) throw new Error(`no certificate in ${path}`);
  return der;
};
const certificateOf = (path: string): Certificate => parseCertificate(derOf(path));
const expectedOf = (id: string) =>
  JSON.parse(readFileSync(join(VECTORS, 'atls', id, 'vector.json'), 'utf8')).expected;

function extensionOf({ extensions }: Certificate, oid: string): Bytes {
  const extension = extensions.find((candidate) => candidate.oid === oid);
  if (extension === undefined) throw new Error(`no extension ${oid}`);
  return extension.value;
}

/** Offset of the report data in a TD quote of version 4, an SGX quote of version 3 and an SNP report. */
const REPORT_DATA = { td: 48 + 520, sgx: 48 + 320, snp: 0x50 } as const;

describe.skipIf(!VECTORS_PRESENT)('certificates of attested TLS', () => {
  it('dstack-ratls-ca-issued holds the quote that is made over its key', async () => {
    const id = 'dstack-ratls-ca-issued';
    const certificate = certificateOf(`${id}/cert.pem`);
    const { oids } = expectedOf(id);
    const quote = DerReader.of(extensionOf(certificate, oids.quote)).octetString();
    expect(quote).toEqual(bytesOf(`${id}/quote.bin`));
    const log = DerReader.of(extensionOf(certificate, oids.eventLog)).octetString();
    expect(JSON.parse(new TextDecoder().decode(log).split('}')[0] + '}')).toMatchObject({ imr: 3 });
    const point = certificate.spki.slice(-65);
    expect(quote.slice(REPORT_DATA.td, REPORT_DATA.td + 64)).toEqual(await digest('SHA-512', point));
  });

  it('interop-ratls-demo-sgx holds tagged evidence made over claims, which name its key', async () => {
    const id = 'interop-ratls-demo-sgx';
    const certificate = certificateOf(`${id}/cert.pem`);
    expect(extensionOf(certificate, expectedOf(id).oid)).toEqual(bytesOf(`${id}/tagged-evidence.cbor`));
    await expectClaims(id, certificate.spki);
  });

  it('S09 interop-ratls-gramine is refused: NULL parameters of ECDSA, and everything else in order', async () => {
    const id = 'interop-ratls-gramine';
    const der = derOf(`${id}/cert.pem`);
    expect(() => parseCertificate(der)).toThrow(
      expect.objectContaining({
        name: 'X509Error',
        code: 'certificate-malformed',
        message: 'ECDSA has parameters, which RFC 5758 §3.2 forbids',
        got: 'null',
      }),
    );
    // SubjectPublicKeyInfo of P-384, which stands 180 bytes into the certificate.
    await expectClaims(id, der.slice(180, 300));
  });

  /** Claims are hashed into the quote; their `pubkey-hash` ends with the SHA-256 of the key. */
  async function expectClaims(id: string, spki: Bytes): Promise<void> {
    const claims = bytesOf(`${id}/claims.cbor`);
    const reportData = bytesOf(`${id}/sgx-quote.bin`).slice(REPORT_DATA.sgx, REPORT_DATA.sgx + 64);
    expect(reportData).toEqual(concat(await sha256(claims), new Uint8Array(32)));
    expect(claims.slice(-32)).toEqual(await sha256(spki));
  }

  it('tinfoil-genoa-tls-binding: the report is made over the key of the certificate', async () => {
    const id = 'tinfoil-genoa-tls-binding';
    const { tlsSpkiSha256, sans, fields } = expectedOf(id);
    const certificate = certificateOf(`${id}/tls-cert.pem`);
    expect(await spkiSha256(certificate)).toBe(tlsSpkiSha256);
    expect(certificate.subjectAltNames.map((name) => (name.type === 'dns' ? name.value : null))).toEqual(
      sans,
    );
    const report = bytesOf(`${id}/report.bin`);
    expect(toHex(report.slice(REPORT_DATA.snp, REPORT_DATA.snp + 64))).toBe(fields.reportData);
    expect(fields.reportData.startsWith(tlsSpkiSha256)).toBe(true);
  });

  it('S01 neg-tinfoil-other-tls-cert: the report is made over another key', async () => {
    const id = 'neg-tinfoil-other-tls-cert';
    const digestOfKey = await spkiSha256(certificateOf(`${id}/tls-cert.pem`));
    const report = bytesOf(`${id}/report.bin`);
    expect(toHex(report.slice(REPORT_DATA.snp, REPORT_DATA.snp + 32))).not.toBe(digestOfKey);
  });

  it('S11 a self-signed one is no proof by itself: without a pin it is refused', async () => {
    const leaf = certificateOf('interop-ratls-demo-sgx/cert.pem');
    const at = new Date('2024-04-15T16:53:31Z');
    await expect(verifyChain({ leaf, intermediates: [], anchors: [], at })).rejects.toMatchObject({
      name: 'ChainError',
    });
  });
});
