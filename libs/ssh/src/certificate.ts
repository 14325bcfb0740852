import { fromBase64, Reader, Writer, type Bytes } from '@asterism/bytes';
import { SshError } from './errors.ts';
import { CERTIFICATE_TYPES } from './key-types.ts';
import { parsePublicKeyBlob, type SshPublicKey } from './public-key.ts';
import { byBytes, readText, reading, toBase64 } from './wire.ts';

/** PROTOCOL.certkeys: `SSH_CERT_TYPE_USER` and `SSH_CERT_TYPE_HOST`. */
const KINDS = { 1: 'user', 2: 'host' } as const;

/** A certificate whose every field was read; `verifyCertificate` says whether it is to be taken. */
export interface SshCertificate {
  readonly kind: 'user' | 'host';
  readonly key: SshPublicKey;
  readonly nonce: Bytes;
  /** 64 bits. */
  readonly serial: bigint;
  readonly keyId: string;
  /** May be empty in what others made: then it is good for nobody. */
  readonly principals: readonly string[];
  /** Unix seconds, inclusive. */
  readonly validAfter: bigint;
  /** Unix seconds, exclusive. */
  readonly validBefore: bigint;
  readonly criticalOptions: ReadonlyMap<string, string>;
  readonly extensions: readonly string[];
  readonly authority: SshPublicKey;
  /** What the signature is over: everything before it. */
  readonly signed: Bytes;
  readonly signature: Bytes;
  readonly blob: Bytes;
  /** Of the line; nothing signs it. */
  readonly comment: string;
}

const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: ([\x20-\x7e]*))?$/;
const MAX_LINE = 65_536;
const MAX = {
  type: 64,
  nonce: 64,
  keyId: 1_024,
  list: 16_384,
  text: 8_192,
  authority: 4_096,
  signature: 4_096,
};
/** OpenSSH's bound on principals of one certificate (SSHKEY_CERT_MAX_PRINCIPALS). */
const MOST_PRINCIPALS = 256;

/**
 * One line as in `id_…-cert.pub`. Structure only: neither signature nor times are looked at.
 * @throws SshError `ssh-certificate-malformed`; `ssh-public-key-unsupported` for types that are not taken
 */
export function parseCertificate(line: string): SshCertificate {
  const trimmed = line.length > MAX_LINE ? '' : line.replace(/\r?\n$/, '');
  const [, name, base64, comment = ''] = LINE.exec(trimmed) ?? [];
  if (name === undefined || base64 === undefined) throw malformed('not one line `type base64 [comment]`');
  return reading('ssh-certificate-malformed', 'certificate', () => {
    const certificate = readCertificate(fromBase64(base64));
    if (nameOf(certificate.key.type) !== name) throw malformed('its line names another type than its bytes');
    return { ...certificate, comment };
  });
}

/** One line as in `id_…-cert.pub`. */
export function formatCertificate({ key, blob, comment }: SshCertificate): string {
  return `${nameOf(key.type)} ${toBase64(blob)}${comment === '' ? '' : ` ${comment}`}`;
}

function readCertificate(blob: Bytes): SshCertificate {
  const reader = new Reader(blob, 'big');
  const name = readText(reader, MAX.type);
  const type = CERTIFICATE_TYPES.get(name);
  if (type === undefined) {
    throw new SshError('ssh-public-key-unsupported', 'type of certificate is not taken', {
      got: name.replaceAll(/[^\x20-\x7e]/g, '?'),
      want: [...CERTIFICATE_TYPES.keys()],
    });
  }
  const nonce = reader.sized32(MAX.nonce);
  const from = reader.offset;
  type.read(reader);
  const fields = blob.subarray(from, reader.offset);
  const key = parsePublicKeyBlob(new Writer('big').sized32(Buffer.from(type.name)).bytes(fields).finish());
  const serial = reader.u64();
  const kind = kindOf(reader.u32());
  const keyId = readText(reader, MAX.keyId);
  const principals = readPrincipals(reader.sized32(MAX.list));
  const validAfter = reader.u64();
  const validBefore = reader.u64();
  const criticalOptions = readOptions(reader.sized32(MAX.list), 'critical options');
  const extensions = [...readOptions(reader.sized32(MAX.list), 'extensions').keys()];
  reader.sized32(MAX.list); // reserved: "implementations should ignore its content"
  const authority = parsePublicKeyBlob(reader.sized32(MAX.authority));
  const signed = blob.slice(0, reader.offset) as Bytes;
  const signature = reader.sized32(MAX.signature);
  reader.expectEnd();
  return {
    ...{ kind, key, nonce, serial, keyId, principals, validAfter, validBefore, criticalOptions, extensions },
    ...{ authority, signed, signature, blob, comment: '' },
  };
}

function kindOf(number: number): SshCertificate['kind'] {
  if (number === 1 || number === 2) return KINDS[number];
  throw malformed('it is neither a user’s nor a host’s');
}

function readPrincipals(list: Uint8Array): string[] {
  const reader = new Reader(list, 'big');
  const principals: string[] = [];
  while (reader.remaining > 0) {
    if (principals.length === MOST_PRINCIPALS) throw malformed('it names too many principals');
    principals.push(readText(reader, MAX.text));
  }
  return principals;
}

/** Names in order of their bytes, each once; a value is a string within the string, or nothing. */
function readOptions(list: Uint8Array, what: string): Map<string, string> {
  const reader = new Reader(list, 'big');
  const options = new Map<string, string>();
  let before: string | undefined;
  while (reader.remaining > 0) {
    const name = readText(reader, MAX.type);
    if (!/^[\x21-\x7e]+$/.test(name)) throw malformed(`its ${what} have no name`);
    if (before !== undefined && byBytes(before, name) >= 0) throw malformed(`its ${what} are not in order`);
    before = name;
    const data = new Reader(reader.sized32(MAX.list), 'big');
    options.set(name, data.remaining === 0 ? '' : readText(data, MAX.text));
    data.expectEnd();
  }
  return options;
}

function nameOf(type: string): string {
  for (const [name, each] of CERTIFICATE_TYPES) if (each.name === type) return name;
  throw malformed('its type is not known');
}

function malformed(message: string): SshError {
  return new SshError('ssh-certificate-malformed', `certificate: ${message}`);
}
