import { BytesError, Reader, type Bytes } from '@asterism/bytes';
import { fingerprintOf, formatFingerprint } from './public-key.ts';
import {
  CERTIFICATE_SECTION,
  KRL_FORMAT,
  KRL_MAGIC,
  SECTION,
  type RevocationList,
  type RevokedCertificates,
} from './revocation-list.ts';
import { mergeRanges, SerialReader, type Range } from './serial-ranges.ts';
import { reading, readText } from './wire.ts';

/** Twice what 100,000 scattered serials take. */
const MAX_LIST = 2_097_152;
const MAX = { section: MAX_LIST, text: 4_096, key: 8_192 };

interface Gathered {
  readonly certificates: RevokedCertificates[];
  readonly fingerprints: Set<string>;
  readonly serials: SerialReader;
}

/**
 * Reads a key revocation list as `ssh-keygen -k` and `writeRevocationList` write it. What is not known is an error, as passing
 * over it could let somebody in: signatures, extensions, and hashes of SHA-1.
 * @throws SshError `ssh-revocation-list-malformed`
 */
export function parseRevocationList(bytes: Uint8Array): RevocationList {
  return reading('ssh-revocation-list-malformed', 'revocation list', () => {
    if (bytes.length > MAX_LIST) {
      throw new BytesError('out-of-range', 'it is too long', { got: bytes.length, want: MAX_LIST });
    }
    const reader = new Reader(bytes, 'big');
    if (reader.u64() !== KRL_MAGIC) throw new BytesError('out-of-range', 'it does not begin as one');
    const format = reader.u32();
    if (format !== KRL_FORMAT) {
      throw new BytesError('out-of-range', 'unknown version of the format', {
        got: format,
        want: KRL_FORMAT,
      });
    }
    const version = reader.u64();
    const generatedAt = reader.u64();
    if (reader.u64() !== 0n) throw new BytesError('not-zero', 'flags are not known');
    reader.sized32(0);
    const comment = readText(reader, MAX.text);
    const gathered: Gathered = { certificates: [], fingerprints: new Set(), serials: new SerialReader() };
    while (reader.remaining > 0) readSection(reader.u8(), reader.sized32(MAX.section), gathered);
    const { certificates, fingerprints } = gathered;
    return { version, generatedAt, comment, certificates, fingerprints };
  });
}

function readSection(type: number, data: Bytes, { certificates, fingerprints, serials }: Gathered): void {
  const reader = new Reader(data, 'big');
  switch (type) {
    case SECTION.certificates:
      certificates.push(readCertificates(reader, serials));
      break;
    case SECTION.explicitKey:
      while (reader.remaining > 0) fingerprints.add(fingerprintOf({ blob: reader.sized32(MAX.key) }));
      break;
    case SECTION.fingerprintSha256:
      while (reader.remaining > 0) fingerprints.add(readFingerprint(reader));
      break;
    default:
      throw new BytesError('out-of-range', 'section is not known', { got: type });
  }
}

function readFingerprint(reader: Reader): string {
  const hash = reader.sized32(32);
  if (hash.length === 32) return formatFingerprint(hash);
  throw new BytesError('out-of-range', 'hash is too short', { got: hash.length, want: 32 });
}

function readCertificates(reader: Reader, serials: SerialReader): RevokedCertificates {
  const authority = reader.sized32(MAX.key);
  reader.sized32(0);
  const ranges: Range[] = [];
  const keyIds = new Set<string>();
  while (reader.remaining > 0) {
    const type = reader.u8();
    const data = new Reader(reader.sized32(MAX.section), 'big');
    switch (type) {
      case CERTIFICATE_SECTION.serialList:
        serials.list(data, ranges);
        break;
      case CERTIFICATE_SECTION.serialRange:
        serials.range(data, ranges);
        break;
      case CERTIFICATE_SECTION.serialBitmap:
        serials.bitmap(data, ranges);
        break;
      case CERTIFICATE_SECTION.keyId:
        while (data.remaining > 0) keyIds.add(readText(data, MAX.text));
        break;
      default:
        throw new BytesError('out-of-range', 'section of certificates is not known', { got: type });
    }
    data.expectEnd();
  }
  return {
    authority: authority.length === 0 ? null : fingerprintOf({ blob: authority }),
    serials: mergeRanges(ranges),
    keyIds,
  };
}
