import { toHex, type Bytes } from '@asterism/bytes';
import { createSelfSigned, toPem } from '@asterism/x509';

/** The key and self-signed certificate of one side for the life of a process or a connection; never stored. */
export interface TlsIdentity {
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  /** PEM. */
  readonly certificate: string;
  /** SubjectPublicKeyInfo of the key, DER. */
  readonly spki: Bytes;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * A new ECDSA P-256 key in a certificate that says nothing: peers are known by attestation. Its dates are wide, because
 * a node's clock may be wrong before it has joined, and nobody checks them.
 */
export async function createTlsIdentity(
  now: Date,
  random: (length: number) => Uint8Array,
): Promise<TlsIdentity> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await createSelfSigned({
    keys,
    random,
    // RFC 5280 §4.1.2.4: the issuer must not be empty.
    subject: [['CN', `asterism-${toHex(random(8))}`]],
    notBefore: new Date(now.getTime() - DAY),
    notAfter: new Date(now.getTime() + 365 * DAY),
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    privateKey: toPem(pkcs8, 'PRIVATE KEY'),
    certificate: toPem(certificate.der),
    spki: certificate.spki,
  };
}
