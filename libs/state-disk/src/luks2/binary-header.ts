import { digest, equalBytes, fromUtf8, isZero, Reader, utf8, Writer, type Bytes } from '@asterism/bytes';
import { StateDiskError } from '../errors.ts';

/**
 * LUKS2 On-Disk Format Specification 1.1.1, §2: two copies of a binary header of 4096 bytes (big-endian), each followed by
 * the JSON area; together `HEADER_SIZE` bytes, one copy after the other.
 */
export const BINARY_SIZE = 4096;
/** The specification's smallest and cryptsetup's default; nothing else is taken. */
export const HEADER_SIZE = 16_384;
export const JSON_SIZE = HEADER_SIZE - BINARY_SIZE;

const MAGIC = { primary: [...utf8('LUKS'), 0xba, 0xbe], secondary: [...utf8('SKUL'), 0xba, 0xbe] } as const;
const OFFSET = { primary: 0, secondary: HEADER_SIZE } as const;
const VERSION = 2;
const CHECKSUM = 'sha256';
/** Every change adds one; nothing of ours comes near, and a host must not leave us no next one. */
const MAX_SEQUENCE = 2n ** 63n;
/** Name, offset and size: §2.1. */
const CHECKSUM_OFFSET = 448;
const CHECKSUM_SIZE = 64;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type HeaderCopy = keyof typeof MAGIC;

/** What a copy says; which copy it is and its salt mean nothing beyond its checksum. */
export interface HeaderText {
  readonly uuid: string;
  /** Raised by each change: the higher of two valid copies counts. */
  readonly sequence: bigint;
  readonly json: string;
}

/** Whether these bytes begin like a copy of a LUKS header, of any version. */
export function looksLikeLuks(bytes: Uint8Array): boolean {
  const magic = bytes.subarray(0, 6);
  return Object.values(MAGIC).some((each) => equalBytes(magic, Uint8Array.from(each)));
}

/**
 * Reads one copy and checks its checksum, which only shows damage: it has no key.
 * @throws StateDiskError `state-disk-header-malformed`; BytesError for bytes that are too short or not zero
 */
export async function parseCopy(bytes: Uint8Array, copy: HeaderCopy): Promise<HeaderText> {
  const reader = new Reader(bytes, 'big');
  expect('magic', reader.bytes(6), Uint8Array.from(MAGIC[copy]));
  expect('version', reader.u16(), VERSION);
  expect('header size', reader.u64(), BigInt(HEADER_SIZE));
  const sequence = reader.u64();
  if (sequence > MAX_SEQUENCE) throw malformed('sequence number', sequence, MAX_SEQUENCE);
  reader.zeros(48, 'label');
  expect('checksum algorithm', paddedText(reader.bytes(32), 'checksum algorithm'), CHECKSUM);
  reader.bytes(64); // salt: only makes the checksums of both copies differ
  const uuid = paddedText(reader.bytes(40), 'uuid');
  if (!UUID.test(uuid)) throw malformed('uuid', uuid, 'a UUID');
  reader.zeros(48, 'subsystem');
  expect('header offset', reader.u64(), BigInt(OFFSET[copy]));
  reader.zeros(184, 'padding');
  const checksum = reader.bytes(CHECKSUM_SIZE);
  reader.zeros(BINARY_SIZE - reader.offset, 'padding to 4096');
  const json = paddedText(reader.bytes(JSON_SIZE), 'JSON area');
  reader.expectEnd();
  expect('checksum', checksum, await checksumOf(bytes));
  return { uuid, sequence, json };
}

/** The counterpart: a copy of 16 KiB. `salt` is 64 random bytes. @throws StateDiskError where the JSON is too long */
export async function encodeCopy(text: HeaderText, copy: HeaderCopy, salt: Uint8Array): Promise<Bytes> {
  const json = utf8(text.json);
  // A zero ends it.
  if (json.length >= JSON_SIZE) throw malformed('JSON area', json.length, JSON_SIZE - 1);
  const bytes = new Writer('big')
    .bytes(Uint8Array.from(MAGIC[copy]))
    .u16(VERSION)
    .u64(BigInt(HEADER_SIZE))
    .u64(text.sequence)
    .zeros(48)
    .bytes(padded(CHECKSUM, 32))
    .bytes(salt)
    .bytes(padded(text.uuid, 40))
    .zeros(48)
    .u64(BigInt(OFFSET[copy]))
    .zeros(184 + CHECKSUM_SIZE + 7 * 512)
    .bytes(padded(text.json, JSON_SIZE))
    .finish();
  bytes.set(await checksumOf(bytes), CHECKSUM_OFFSET);
  return bytes;
}

/** Over the copy with its checksum zeroed (§2.1), in a field of twice its length. */
async function checksumOf(bytes: Uint8Array): Promise<Bytes> {
  const blank = bytes.slice();
  blank.fill(0, CHECKSUM_OFFSET, CHECKSUM_OFFSET + CHECKSUM_SIZE);
  return padToSize(await digest('SHA-256', blank), CHECKSUM_SIZE);
}

function padded(text: string, size: number): Bytes {
  return padToSize(utf8(text), size);
}

function padToSize(bytes: Uint8Array, size: number): Bytes {
  const field = new Uint8Array(size);
  field.set(bytes);
  return field;
}

/** Text up to a zero; after it there is nothing but zeros. */
function paddedText(bytes: Uint8Array, field: string): string {
  const end = bytes.indexOf(0);
  if (end < 0 || !isZero(bytes.subarray(end))) throw malformed(field, 'bytes after the text', 'zeros');
  return fromUtf8(bytes.subarray(0, end));
}

function expect(field: string, got: number | bigint | string | Uint8Array, want: typeof got): void {
  const same = got instanceof Uint8Array && want instanceof Uint8Array ? equalBytes(got, want) : got === want;
  if (!same) throw malformed(field, shown(got), shown(want));
}

const shown = (value: number | bigint | string | Uint8Array) =>
  value instanceof Uint8Array ? value.toString() : String(value);

function malformed(field: string, got: unknown, want: unknown): StateDiskError {
  return new StateDiskError('state-disk-header-malformed', `${field} of the LUKS header is wrong`, {
    got,
    want,
  });
}
