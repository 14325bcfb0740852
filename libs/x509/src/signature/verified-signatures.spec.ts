import { mintChain, mintCrl, mintKey, type MintedIssuer } from '@asterism/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate, type Certificate } from '../certificate/certificate.ts';
import { parseCrl } from '../crl/crl.ts';
import { verifySignatureOnce } from './verified-signatures.ts';

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
    await verifySignatureOnce(leaf, issuer);
    await verifySignatureOnce(parseCertificate(leaf.der), parseCertificate(issuer.der));
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('are refused after a genuine one was seen: another signature, another content, another key', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    await verifySignatureOnce(leaf, issuer);
    const other = { ...issuer, spki: (await mintKey()).spki };
    const invalid = { code: 'signature-invalid' };
    await expect(verifySignatureOnce(leaf, other)).rejects.toMatchObject(invalid);
    // The last octet of the signature, and one of the serial number.
    await expect(verifySignatureOnce(flip(leaf, leaf.der.length - 1), issuer)).rejects.toMatchObject(invalid);
    const serial = leaf.der.findIndex((octet, at) => octet === 0x02 && leaf.der[at - 1] === 0x02) + 2;
    await expect(verifySignatureOnce(flip(leaf, serial), issuer)).rejects.toMatchObject(invalid);
  });

  it('are not remembered where they do not hold', async () => {
    const { leaf, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    const forged = flip(leaf, leaf.der.length - 1);
    for (let i = 0; i < 2; i++) {
      await expect(verifySignatureOnce(forged, issuer)).rejects.toMatchObject({
        code: 'signature-invalid',
      });
    }
  });

  it('hold for lists as well', async () => {
    const { issuers } = await mintChain();
    const [issuer] = issuers as [MintedIssuer];
    const crl = await mintCrl(issuer);
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await verifySignatureOnce(crl, issuer.certificate);
    await verifySignatureOnce(parseCrl(crl.der), issuer.certificate);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['number', 1024, 8],
    ['length', 4, 1024 * 1024],
  ])('are forgotten before they fill the memory, by their %s', async (_by, count, length) => {
    const { leaf, leafKey, intermediates } = await mintChain();
    const [issuer] = intermediates as [Certificate];
    await verifySignatureOnce(leaf, issuer);
    for (let i = 0; i < count; i++) {
      // Signatures differ though content does not, and any bytes may stand for all of the object.
      const signature = await leafKey.sign(leaf.tbs);
      await verifySignatureOnce({ ...leaf, signature, der: new Uint8Array(length) }, leafKey);
    }
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await verifySignatureOnce(leaf, issuer);
    expect(verify).toHaveBeenCalledTimes(1);
  });
});
