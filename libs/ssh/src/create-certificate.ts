import { copyBytes, utf8, Writer, type Bytes } from '@asterism/bytes';
import type { KeyObject } from 'node:crypto';
import type { SshCertificate } from './certificate.ts';
import { SshError } from './errors.ts';
import { requirePrincipals } from './principals.ts';
import { toSshPublicKey, typeOf, type SshPublicKey } from './public-key.ts';
import { signBlob } from './signature.ts';
import { requireSourceAddresses } from './source-addresses.ts';
import { byBytes } from './wire.ts';

interface CertificateFields {
  readonly key: SshPublicKey;
  /** From 1; 64 bits. Lists of revoked serials pass over 0. */
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Whole seconds count; inclusive. */
  readonly validAfter: Date;
  /** Exclusive. */
  readonly validBefore: Date;
}

export interface UserCertificateFields extends CertificateFields {
  /** Addresses or networks that it may be used from; none: from anywhere. */
  readonly sourceAddresses: readonly string[];
  /** Runs in place of whatever the client asks for. */
  readonly forceCommand: string | null;
}

export interface SigningAuthority {
  /** Private, Ed25519 or P-256. */
  readonly key: KeyObject;
  readonly random: (length: number) => Uint8Array;
}

const NONCE_BYTES = 32;
/** The longest life: nothing here is for ever. 31 days. */
const LONGEST_S = 2_678_400n;
/** What an interactive login needs. Never X11, never an agent: both hand the client's own means to the node. */
const INTERACTIVE = toExtensions(['permit-port-forwarding', 'permit-pty', 'permit-user-rc']);
/** A forced command is all that there is. */
const FORCED = toExtensions(['permit-pty']);
/** Of hosts. */
const NONE = toExtensions([]);

/**
 * A certificate for a person's key (PROTOCOL.certkeys).
 * @throws SshError `ssh-certificate-invalid` for principals, times, addresses or commands that it must not have (S31)
 */
export function createUserCertificate(
  fields: UserCertificateFields,
  authority: SigningAuthority,
): SshCertificate {
  const { sourceAddresses, forceCommand } = fields;
  const options = new Map<string, string>();
  if (forceCommand !== null) options.set('force-command', requireCommand(forceCommand));
  if (sourceAddresses.length > 0) {
    requireSourceAddresses(sourceAddresses);
    options.set('source-address', sourceAddresses.join(','));
  }
  const extensions = forceCommand === null ? INTERACTIVE : FORCED;
  return create('user', fields, { options, extensions }, authority);
}

/** A certificate for a host's key. @throws SshError `ssh-certificate-invalid` */
export function createHostCertificate(
  fields: CertificateFields,
  authority: SigningAuthority,
): SshCertificate {
  return create('host', fields, { options: new Map(), extensions: NONE }, authority);
}

interface Permissions {
  readonly options: ReadonlyMap<string, string>;
  readonly extensions: Extensions;
}

interface Extensions {
  readonly names: readonly string[];
  readonly list: Bytes;
}

function create(
  kind: SshCertificate['kind'],
  fields: CertificateFields,
  { options, extensions }: Permissions,
  authority: SigningAuthority,
): SshCertificate {
  const { key, serial, keyId, principals } = fields;
  const [validAfter, validBefore] = requireTimes(fields);
  requirePrincipals(kind, principals);
  if (!/^[\x21-\x7e]{1,300}$/.test(keyId)) throw invalid('its key ID is not printable text without blanks');
  if (serial < 1n || serial > 0xffff_ffff_ffff_ffffn) throw invalid('its serial is not of 64 bits from 1');
  const type = typeOf(key.type);
  const typeString = 4 + type.name.length;
  const nonce = copyBytes(authority.random(NONCE_BYTES));
  const publicKey = publicKeyOf(authority.key);
  const signed = new Writer('big')
    .sized32(utf8(type.certificateName))
    .sized32(nonce)
    .bytes(key.blob.subarray(typeString))
    .u64(serial)
    .u32(kind === 'user' ? 1 : 2)
    .sized32(utf8(keyId))
    .sized32(listOf(principals))
    .u64(validAfter)
    .u64(validBefore)
    .sized32(optionsOf(options))
    .sized32(extensions.list)
    .sized32(new Uint8Array())
    .sized32(publicKey.blob)
    .finish();
  const signature = signBlob(authority.key, publicKey, signed);
  const blob = new Writer('big').bytes(signed).sized32(signature).finish();
  return {
    ...{ kind, key: { ...key, comment: '' }, nonce, serial, keyId, principals, validAfter, validBefore },
    ...{
      criticalOptions: options,
      extensions: extensions.names,
      authority: publicKey,
      signed,
      signature,
      blob,
    },
    comment: key.comment,
  };
}

/** An authority signs often: its public half is worked out once. */
const PUBLIC_KEYS = new WeakMap<KeyObject, SshPublicKey>();

function publicKeyOf(key: KeyObject): SshPublicKey {
  const known = PUBLIC_KEYS.get(key);
  if (known !== undefined) return known;
  const publicKey = toSshPublicKey(key);
  PUBLIC_KEYS.set(key, publicKey);
  return publicKey;
}

function listOf(items: readonly string[]): Bytes {
  const writer = new Writer('big');
  for (const item of items) writer.sized32(utf8(item));
  return writer.finish();
}

function toExtensions(names: readonly string[]): Extensions {
  return { names, list: optionsOf(new Map(names.map((name) => [name, '']))) };
}

function optionsOf(options: ReadonlyMap<string, string>): Bytes {
  const writer = new Writer('big');
  for (const [name, value] of [...options].sort(([a], [b]) => byBytes(a, b))) {
    const data = value === '' ? new Uint8Array() : new Writer('big').sized32(utf8(value)).finish();
    writer.sized32(utf8(name)).sized32(data);
  }
  return writer.finish();
}

function requireTimes({ validAfter, validBefore }: CertificateFields): [bigint, bigint] {
  const seconds = (date: Date) => {
    const time = date.getTime();
    if (!Number.isFinite(time) || time < 0) throw invalid('its times are none');
    return BigInt(Math.floor(time / 1_000));
  };
  const [from, to] = [seconds(validAfter), seconds(validBefore)];
  if (to <= from) throw invalid('it would end before it begins');
  if (to - from > LONGEST_S) throw invalid('it would be valid for longer than 31 days');
  return [from, to];
}

function requireCommand(command: string): string {
  if (!/^[\x20-\x7e]{1,1000}$/.test(command)) throw invalid('its command is not printable text in one line');
  return command;
}

function invalid(message: string): SshError {
  return new SshError('ssh-certificate-invalid', `certificate: ${message}`);
}
