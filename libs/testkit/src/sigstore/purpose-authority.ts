import { contextPrimitive, derElement, derSequence, derUtf8String, EXTENSION } from '@asterism/x509';
import type { initializeCA } from '@sigstore/mock';
import {
  basicConstraints,
  commonName,
  extendedKeyUsage,
  keyUsage,
  mintCertificate,
  mintKey,
} from '../x509/index.ts';

type Authority = Awaited<ReturnType<typeof initializeCA>>;

export interface AuthorityOptions {
  /** Object identifier of the extended key usage. */
  readonly purpose: string;
  /** OIDC issuer that its certificates name. */
  readonly issuer: string;
}

const MINUTE = 60_000;

/** An authority whose certificates are for one purpose. */
export async function authorityFor({ purpose, issuer }: AuthorityOptions): Promise<Authority> {
  const signer = await mintKey('ecdsa-p384');
  const name = commonName('authority');
  const shared = {
    version: 3,
    serial: 7,
    issuer: name,
    notBefore: new Date(Date.now() - MINUTE),
    notAfter: new Date(Date.now() + 10 * MINUTE),
    signer,
    algorithm: signer.algorithm,
    outerAlgorithm: signer.algorithm,
    signature: (genuine: Uint8Array<ArrayBuffer>) => genuine,
  } as const;
  const ca = [basicConstraints(true), keyUsage(5, 6)];
  const root = await mintCertificate({ ...shared, subject: name, spki: signer.spki, extensions: ca });
  return {
    rootCertificate: root.der,
    issueCertificate: async (order: { publicKey: ArrayBufferView<ArrayBuffer>; subjectAltName: string }) => {
      const extensions = [
        extendedKeyUsage(purpose),
        {
          oid: EXTENSION.subjectAltName,
          critical: true,
          value: derSequence(derElement(contextPrimitive(6), new TextEncoder().encode(order.subjectAltName))),
        },
        { oid: '1.3.6.1.4.1.57264.1.8', critical: false, value: derUtf8String(issuer) },
      ];
      const spki = new Uint8Array(
        order.publicKey.buffer,
        order.publicKey.byteOffset,
        order.publicKey.byteLength,
      );
      return (await mintCertificate({ ...shared, serial: 8, subject: derSequence(), spki, extensions })).der;
    },
  };
}
