import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface LoopbackCertificate {
  readonly cert: string;
  readonly key: string;
  /** File with the certificate, for whoever has to trust it. */
  readonly caFile: string;
}

/** A self-signed certificate of the loopback for services that insist on TLS. */
export async function makeLoopbackCertificate(folder: string): Promise<LoopbackCertificate> {
  const [keyFile, caFile] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const names = 'subjectAltName=DNS:localhost,DNS:kek.localhost,DNS:elsewhere.localhost,IP:127.0.0.1';
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', names, '-keyout', keyFile, '-out', caFile],
  ]);
  return { cert: await readFile(caFile, 'utf8'), key: await readFile(keyFile, 'utf8'), caFile };
}
