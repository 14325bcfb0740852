import { utf8, Writer, type Bytes } from '@asterism/bytes';
import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import { createUserCertificate, parsePublicKey, type SshCertificate, type SshPublicKey } from '../index.ts';
import { toMpint } from '../wire.ts';

export const random = (length: number) => new Uint8Array(randomBytes(length));

/** Strings of RFC 4251 §5, one after the other. */
export function wire(...parts: readonly (string | Uint8Array)[]): Bytes {
  const writer = new Writer('big');
  for (const part of parts) writer.sized32(typeof part === 'string' ? utf8(part) : part);
  return writer.finish();
}

/** A line as in a `.pub` file, whatever the bytes are. */
export const toLine = (type: string, blob: Uint8Array, comment = '') =>
  `${type} ${Buffer.from(blob).toString('base64')}${comment === '' ? '' : ` ${comment}`}`;

const bytesOf = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'));

export const AUTHORITIES = [
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
] as const;

export const [[, AUTHORITY], [, OTHER_AUTHORITY]] = AUTHORITIES;

const ed25519 = (): JsonWebKey => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const ec = (namedCurve: string): JsonWebKey =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });

export function pointOf({ x, y }: JsonWebKey): Uint8Array {
  return Uint8Array.of(4, ...bytesOf(x), ...bytesOf(y));
}

export function rsaBlob(modulusLength: number): Bytes {
  const { e, n } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
  return wire('ssh-rsa', toMpint(bytesOf(e)), toMpint(bytesOf(n)));
}

/** A blob of each type that is taken, as the specifications lay them out. */
export const BLOBS: Readonly<Record<string, Uint8Array>> = {
  'ssh-ed25519': wire('ssh-ed25519', bytesOf(ed25519().x)),
  'ecdsa-sha2-nistp256': wire('ecdsa-sha2-nistp256', 'nistp256', pointOf(ec('P-256'))),
  'ecdsa-sha2-nistp384': wire('ecdsa-sha2-nistp384', 'nistp384', pointOf(ec('P-384'))),
  'ecdsa-sha2-nistp521': wire('ecdsa-sha2-nistp521', 'nistp521', pointOf(ec('P-521'))),
  'ssh-rsa': rsaBlob(3072),
  'sk-ssh-ed25519@openssh.com': wire('sk-ssh-ed25519@openssh.com', bytesOf(ed25519().x), 'ssh:'),
  'sk-ecdsa-sha2-nistp256@openssh.com': wire(
    ...['sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', pointOf(ec('P-256')), 'ssh:'],
  ),
};

export const KEYS: readonly SshPublicKey[] = Object.entries(BLOBS).map(([type, blob]) =>
  parsePublicKey(toLine(type, blob, `${type} of a test`)),
);

export const [KEY] = KEYS as [SshPublicKey];

export const FROM = new Date('2026-11-25T08:00:00Z');
export const UNTIL = new Date('2026-11-25T08:15:00Z');
export const DURING = new Date('2026-11-25T08:07:00Z');
const KEY_ID = 'asterism:local:alice:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11:1795593600';

/** Of a user, valid from `FROM` to `UNTIL` for deploy on the nodes of pool workers. */
export function sample(
  changes: Partial<Parameters<typeof createUserCertificate>[0]> = {},
  key = AUTHORITY,
): SshCertificate {
  return createUserCertificate(
    {
      ...{ key: KEY, serial: 7n, keyId: KEY_ID, principals: ['deploy', 'deploy@pool.workers'] },
      ...{ validAfter: FROM, validBefore: UNTIL, sourceAddresses: [], forceCommand: null },
      ...changes,
    },
    { key, random },
  );
}
