import { fromBase64, Reader, utf8, Writer, type Bytes } from '@asterism/bytes';
import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SshError } from './errors.ts';
import { KEY_TYPES, type KeyType } from './key-types.ts';
import { reading, readText, toBase64 } from './wire.ts';

/** A public key whose every field was read. Nothing says yet whose it is. */
export interface SshPublicKey {
  /** `ssh-ed25519`, `sk-ssh-ed25519@openssh.com`, … */
  readonly type: string;
  /** The whole key as on the wire (RFC 4253 §6.6), its type's name first. */
  readonly blob: Bytes;
  readonly bits: number;
  readonly comment: string;
}

const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: ([\x20-\x7e]*))?$/;
const MAX_LINE = 8_192;
const MAX_TYPE = 64;

/**
 * One line of `authorized_keys` without options, or of a `.pub` file: `type base64 [comment]`.
 * @throws SshError `ssh-public-key-malformed`; `ssh-public-key-unsupported` for certificates, DSA, RSA below 3072 bits and
 * types that are not known
 */
export function parsePublicKey(line: string): SshPublicKey {
  const trimmed = line.length > MAX_LINE ? '' : line.replace(/\r?\n$/, '');
  const [, type, base64, comment = ''] = LINE.exec(trimmed) ?? [];
  if (type === undefined || base64 === undefined) throw malformed('not one line `type base64 [comment]`');
  const blob = reading('ssh-public-key-malformed', 'public key', () => fromBase64(base64));
  const key = parsePublicKeyBlob(blob);
  if (key.type !== type) throw malformed('its line names another type than its bytes');
  return { ...key, comment };
}

/** A key as on the wire. @throws SshError as `parsePublicKey` */
export function parsePublicKeyBlob(blob: Uint8Array): SshPublicKey {
  return reading('ssh-public-key-malformed', 'public key', () => {
    const reader = new Reader(blob, 'big');
    const type = typeOf(readText(reader, MAX_TYPE));
    const { bits } = type.read(reader);
    reader.expectEnd();
    return { type: type.name, blob: blob.slice() as Bytes, bits, comment: '' };
  });
}

export function typeOf(name: string): KeyType {
  const type = KEY_TYPES.get(name);
  if (type !== undefined) return type;
  throw new SshError('ssh-public-key-unsupported', 'type of key is not taken', {
    got: name.replaceAll(/[^\x20-\x7e]/g, '?'),
    want: [...KEY_TYPES.keys()],
  });
}

/** One line as in a `.pub` file; the comment only where there is one. */
export function formatPublicKey({ type, blob, comment }: SshPublicKey): string {
  return `${type} ${toBase64(blob)}${comment === '' ? '' : ` ${comment}`}`;
}

/** Of the key's SHA-256, as `ssh-keygen -l` shows it. */
export function fingerprintOf({ blob }: Pick<SshPublicKey, 'blob'>): string {
  return formatFingerprint(createHash('sha256').update(blob).digest());
}

/** `SHA256:` and unpadded base64. */
export function formatFingerprint(hash: Uint8Array): string {
  return `SHA256:${toBase64(hash).replace(/=+$/, '')}`;
}

/** Of an Ed25519 or P-256 key, private or public. @throws SshError `ssh-public-key-unsupported` */
export function toSshPublicKey(key: KeyObject): SshPublicKey {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  const bytes = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'));
  const writer = new Writer('big');
  if (jwk.crv === 'Ed25519') {
    writer.sized32(utf8('ssh-ed25519')).sized32(bytes(jwk.x));
  } else if (jwk.crv === 'P-256') {
    const point = Uint8Array.of(4, ...bytes(jwk.x), ...bytes(jwk.y));
    writer.sized32(utf8('ecdsa-sha2-nistp256')).sized32(utf8('nistp256')).sized32(point);
  } else {
    throw new SshError('ssh-public-key-unsupported', 'not an Ed25519 or P-256 key', {
      got: jwk.crv ?? jwk.kty,
    });
  }
  return parsePublicKeyBlob(writer.finish());
}

/** For checking signatures; undefined for FIDO keys, whose signatures are over more. */
export function jwkOf({ type, blob }: SshPublicKey): JsonWebKey | undefined {
  const reader = new Reader(blob, 'big');
  readText(reader, MAX_TYPE);
  return typeOf(type).read(reader).jwk;
}

function malformed(message: string): SshError {
  return new SshError('ssh-public-key-malformed', `public key: ${message}`);
}
