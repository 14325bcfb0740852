import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createSelfSigned,
  EKU,
  exportSpki,
  issueCertificate,
  parseCertificate,
  parsePem,
  toPem,
  type Certificate,
} from '@asterism/x509';
import { StartError } from '../errors.ts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 397;
/** A certificate with less than this left is issued anew. */
const RENEWAL_DAYS = 30;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** PEM files for the operator listener. */
export interface OperatorCertificate {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

type PrivateKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface Authority {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

/**
 * The authority of DIR and a certificate for the operator listener on this computer. Both are kept; the certificate is
 * renewed when it is about to end.
 * @throws StartError `data-directory-damaged` where the authority is there in part, or not readable as one
 */
export async function openAuthority(directory: DataDirectory, now: Date): Promise<OperatorCertificate> {
  const file = (name: string): string => join(directory.ca, name);
  const files = {
    authority: file('ca.pem'),
    certificate: file('operator.pem'),
    key: file('operator-key.pem'),
  };
  const authority = await readOrMake(files.authority, file('ca-key.pem'), now);
  if (!(await isUsable(files, authority.certificate, now))) await issue(files, authority, now);
  return files;
}

async function readOrMake(file: string, keyFile: string, now: Date): Promise<Authority> {
  const [pem, keyPem] = await Promise.all([readIfThere(file), readIfThere(keyFile)]);
  if (pem === null && keyPem === null) return makeAuthority(file, keyFile, now);
  if (pem === null) throw damaged(file, 'is missing, its key is there');
  if (keyPem === null) throw damaged(keyFile, 'is missing, its certificate is there');
  try {
    const [der] = parsePem(pem);
    const [pkcs8] = parsePem(keyPem, 'PRIVATE KEY');
    if (der === undefined || pkcs8 === undefined) throw new Error('no PEM block');
    if (!new X509Certificate(pem).checkPrivateKey(createPrivateKey(keyPem))) {
      throw new Error('key of another certificate');
    }
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
    return { certificate: parseCertificate(der), key };
  } catch (cause) {
    throw damaged(file, 'or its key cannot be read', cause);
  }
}

async function makeAuthority(file: string, keyFile: string, now: Date): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await createSelfSigned({
    keys,
    random: randomBytes,
    subject: [['CN', `asterism local authority ${randomBytes(4).toString('hex')}`]],
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    basicConstraints: { ca: true, pathLength: 0 },
    keyUsage: ['keyCertSign', 'cRLSign'],
  });
  await writeKey(keyFile, keys.privateKey);
  try {
    await writeAtomically(file, toPem(certificate.der), 0o644);
  } catch (cause) {
    // A key alone would look damaged at the next start.
    await unlink(keyFile).catch(() => undefined);
    throw cause;
  }
  return { certificate, key: keys.privateKey };
}

async function issue(files: OperatorCertificate, authority: Authority, now: Date): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await issueCertificate({
    spki: await exportSpki(keys.publicKey),
    issuer: authority.certificate,
    issuerKey: authority.key,
    random: randomBytes,
    subject: [['CN', 'asterism operator listener']],
    subjectAltNames: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ],
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + CERTIFICATE_DAYS * DAY_MS),
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [EKU.serverAuth],
  });
  // The key first: a start that ends in between leaves a certificate that does not fit it, and the next issues anew.
  await writeKey(files.key, keys.privateKey);
  await writeAtomically(files.certificate, toPem(certificate.der), 0o644);
}

async function isUsable(files: OperatorCertificate, root: Certificate, now: Date): Promise<boolean> {
  const [pem, keyPem] = await Promise.all([readIfThere(files.certificate), readIfThere(files.key)]);
  if (pem === null || keyPem === null) return false;
  try {
    const certificate = new X509Certificate(pem);
    const left = Date.parse(certificate.validTo) - now.getTime();
    return (
      left > RENEWAL_DAYS * DAY_MS &&
      certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
      certificate.verify(new X509Certificate(root.der).publicKey)
    );
  } catch {
    return false;
  }
}

async function writeKey(file: string, key: PrivateKey): Promise<void> {
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', key));
  await writeAtomically(file, toPem(pkcs8, 'PRIVATE KEY'));
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

function damaged(file: string, what: string, cause?: unknown): StartError {
  return new StartError('data-directory-damaged', `${file} ${what}`, { cause });
}
