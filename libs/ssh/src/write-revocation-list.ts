import { equalBytes, fromBase64, utf8, Writer, type Bytes } from '@asterism/bytes';
import { SshError } from './errors.ts';
import type { SshPublicKey } from './public-key.ts';
import { CERTIFICATE_SECTION, KRL_FORMAT, KRL_MAGIC, SECTION, writeSection } from './revocation-list.ts';
import { serialSections } from './serial-sections.ts';
import { byBytes, reading } from './wire.ts';

const LAST = 0xffff_ffff_ffff_ffffn;

export interface RevokedByAuthority {
  readonly authority: SshPublicKey;
  /** In any order; 64 bits from 1, because sshd passes over 0. */
  readonly serials: Iterable<bigint>;
  readonly keyIds?: Iterable<string>;
}

export interface RevocationListFields {
  /** 64 bits. */
  readonly version: bigint;
  readonly generatedAt: Date;
  /** Printable. */
  readonly comment: string;
  readonly certificates: readonly RevokedByAuthority[];
  /** `SHA256:…` of keys of people, hosts or authorities. */
  readonly fingerprints: Iterable<string>;
}

/**
 * A key revocation list in OpenSSH's binary format (PROTOCOL.krl), for `RevokedKeys`, `RevokedHostKeys` and `ssh-keygen -Q`.
 * It is not signed: its way here has to be trusted. The same fields give the same bytes.
 * @throws SshError `ssh-revocation-list-invalid`
 */
export function writeRevocationList(fields: RevocationListFields): Bytes {
  const { version, generatedAt, comment, certificates, fingerprints } = fields;
  if (!/^[\x20-\x7e]{0,200}$/.test(comment)) throw invalid('comment is not printable text in one line');
  const writer = new Writer('big')
    .u64(KRL_MAGIC)
    .u32(KRL_FORMAT)
    .u64(requireVersion(version))
    .u64(toSeconds(generatedAt))
    .u64(0n)
    .sized32(new Uint8Array())
    .sized32(utf8(comment));
  requireOneEach(certificates);
  for (const revoked of certificates) {
    const data = certificateSections(revoked);
    if (data !== undefined) writeSection(writer, SECTION.certificates, data);
  }
  const hashes = [...new Set(fingerprints)].map(toHash).sort(Buffer.compare);
  if (hashes.length > 0) {
    const list = new Writer('big');
    for (const hash of hashes) list.sized32(hash);
    writeSection(writer, SECTION.fingerprintSha256, list.finish());
  }
  return writer.finish();
}

function requireVersion(version: bigint): bigint {
  if (version >= 0n && version <= LAST) return version;
  throw invalid('version is not of 64 bits');
}

function toSeconds(date: Date): bigint {
  const seconds = Math.floor(date.getTime() / 1_000);
  if (seconds >= 0) return BigInt(seconds);
  throw invalid('time is none');
}

function requireOneEach(certificates: readonly RevokedByAuthority[]): void {
  certificates.forEach(({ authority }, at) => {
    const again = certificates.findIndex(({ authority: other }) => equalBytes(other.blob, authority.blob));
    if (again !== at) throw invalid('an authority is there twice');
  });
}

function certificateSections({ authority, serials, keyIds = [] }: RevokedByAuthority): Bytes | undefined {
  const numbers = toNumbers(serials);
  const ids = [...new Set(keyIds)].sort(byBytes);
  if (numbers.length === 0 && ids.length === 0) return undefined;
  const writer = new Writer('big').sized32(authority.blob).sized32(new Uint8Array());
  writer.bytes(serialSections(numbers));
  if (ids.length > 0) {
    const list = new Writer('big');
    for (const id of ids) {
      if (!/^[\x20-\x7e]{1,1024}$/.test(id)) throw invalid('a key ID is not printable text');
      list.sized32(utf8(id));
    }
    writeSection(writer, CERTIFICATE_SECTION.keyId, list.finish());
  }
  return writer.finish();
}

/** Ascending, each once. */
function toNumbers(serials: Iterable<bigint>): BigUint64Array {
  const given = [...serials];
  for (const serial of given) {
    if (serial < 1n || serial > LAST) throw invalid('a serial is not of 64 bits from 1');
  }
  const sorted = BigUint64Array.from(given).sort();
  let kept = 0;
  sorted.forEach((serial, at) => {
    if (at === 0 || serial !== sorted[at - 1]) sorted[kept++] = serial;
  });
  return sorted.subarray(0, kept);
}

function toHash(fingerprint: string): Uint8Array {
  const [, base64] = /^SHA256:([A-Za-z0-9+/]{43})$/.exec(fingerprint) ?? [];
  if (base64 === undefined) throw invalid('a fingerprint is not of SHA-256');
  return reading('ssh-revocation-list-invalid', 'revocation list: a fingerprint', () =>
    fromBase64(`${base64}=`),
  );
}

function invalid(message: string): SshError {
  return new SshError('ssh-revocation-list-invalid', `revocation list: ${message}`);
}
