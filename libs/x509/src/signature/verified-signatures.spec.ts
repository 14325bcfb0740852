import { mintChain, mintKey } from '@asterism/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate, type Certificate } from '../certificate/certificate.ts';
import { verifyCertificateSignature } from './verified-signatures.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const flip = (certificate: Certificate, at: number): Certificate => {
  const der = new Uint8Array(certificate.der);
  der[at] = (der[at] ?? 0) ^ 1;
  return parseCertificate(der);
};

describe('S11 signatures of certificates', () => {
  it('are checked once for the same bytes', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await verifyCertificateSignature(leaf, issuer);
    await verifyCertificateSignature(parseCertificate(leaf.der), parseCertificate(issuer.der));
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('are refused after a genuine one was seen: another signature, another content, another key', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    await verifyCertificateSignature(leaf, issuer);
    const other = { ...issuer, spki: (await mintKey()).spki };
    const invalid = { code: 'signature-invalid' };
    await expect(verifyCertificateSignature(leaf, other)).rejects.toMatchObject(invalid);
    // The last octet of the signature, and one of the serial number.
    await expect(verifyCertificateSignature(flip(leaf, leaf.der.length - 1), issuer)).rejects.toMatchObject(
      invalid,
    );
    const serial = leaf.der.findIndex((octet, at) => octet === 0x02 && leaf.der[at - 1] === 0x02) + 2;
    await expect(verifyCertificateSignature(flip(leaf, serial), issuer)).rejects.toMatchObject(invalid);
  });

  it('are not remembered where they do not hold', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    const forged = flip(leaf, leaf.der.length - 1);
    for (let i = 0; i < 2; i++) {
      await expect(verifyCertificateSignature(forged, issuer)).rejects.toMatchObject({
        code: 'signature-invalid',
      });
    }
  });

  it('are forgotten before they fill the memory', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    await verifyCertificateSignature(leaf, issuer);
    // Other bytes around the same signed content stand for other certificates.
    for (let i = 0; i < 1024; i++) {
      await verifyCertificateSignature({ ...leaf, der: new Uint8Array([i >> 8, i & 0xff]) }, issuer);
    }
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await verifyCertificateSignature(leaf, issuer);
    expect(verify).toHaveBeenCalledTimes(1);
  });
});
