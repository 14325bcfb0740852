import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Configuration } from '../configuration.ts';
import { StartError } from './start-error.ts';

async function read(variable: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new StartError('file-unreadable', `${variable}: ${path} cannot be read (${String(cause.code)})`, {
      cause,
    });
  });
}

/** Certificate and key of the operator listener, PEM. @throws StartError `file-unreadable`, `tls-key-invalid` */
export async function readTls({ tls }: Configuration): Promise<{ certificate: string; key: string }> {
  const certificate = await read('ASTERISM_TLS_CERTIFICATE', tls.certificate);
  const key = await read('ASTERISM_TLS_KEY', tls.key);
  try {
    createSecureContext({ cert: certificate, key });
  } catch (cause) {
    throw new StartError('tls-key-invalid', 'ASTERISM_TLS_CERTIFICATE and ASTERISM_TLS_KEY are not a pair', {
      cause,
    });
  }
  return { certificate, key };
}

/** The key that nodes may pin: ECDSA P-256. @throws StartError `file-unreadable`, `identity-key-invalid` */
export async function readIdentityKey({ identityKey }: Configuration): Promise<KeyObject | undefined> {
  if (identityKey === undefined) return undefined;
  const pem = await read('ASTERISM_IDENTITY_KEY', identityKey);
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Its message may quote the file.
  }
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new StartError(
      'identity-key-invalid',
      `ASTERISM_IDENTITY_KEY: ${identityKey} is no EC P-256 key in PKCS#8`,
    );
  }
  return key;
}
