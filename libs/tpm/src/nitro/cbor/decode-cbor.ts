import { concat, fromUtf8, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../../errors.ts';
import { CborTag, INFO, MAJOR, SIMPLE, type CborKey, type CborMap, type CborValue } from './cbor.ts';

/** Arrays, maps, tags and chunked strings within one another. */
const MAX_DEPTH = 16;

const STOP = Symbol('break');
type Item = CborValue | typeof STOP;

/**
 * Decodes one data item and nothing after it (RFC 8949), definite or indefinite in length. Stricter than the standard
 * asks: every length and integer in its shortest form (§4.2.1), no key twice in a map, no more than 16 levels.
 * @throws TpmFormatError `malformed`; `unsupported` for what `CborValue` has no place for.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  return readStructure('CBOR', bytes, (reader) => readItem(reader, 0));
}

function readItem(reader: Reader, depth: number): CborValue {
  const item = readItemOrBreak(reader, depth);
  if (item === STOP) throw malformed('break outside an item of indefinite length');
  return item;
}

function readItemOrBreak(reader: Reader, depth: number): Item {
  if (depth > MAX_DEPTH) throw malformed('nested too deeply', depth, MAX_DEPTH);
  const initial = reader.u8();
  const [major, info] = [initial >> 5, initial & 0x1f];
  if (major === MAJOR.simple) return readSimple(info);
  const length = readArgument(reader, info);
  switch (major) {
    case MAJOR.bytes:
      return length === null ? concat(...readChunks(reader, MAJOR.bytes)) : reader.bytes(length);
    case MAJOR.text:
      return length === null ? readTextChunks(reader) : reader.text(length);
    case MAJOR.array:
      return readArray(reader, length, depth + 1);
    case MAJOR.map:
      return readMap(reader, length, depth + 1);
  }
  if (length === null) throw malformed('integer or tag of indefinite length');
  if (major === MAJOR.tag) return new CborTag(length, readItem(reader, depth + 1));
  return major === MAJOR.unsigned ? length : -1 - length;
}

/** Value, length or count behind an initial byte; null where the length is indefinite. */
function readArgument(reader: Reader, info: number): number | null {
  if (info < INFO.u8) return info;
  switch (info) {
    case INFO.u8:
      return shortest(reader.u8(), INFO.u8);
    case INFO.u16:
      return shortest(reader.u16(), 0x100);
    case INFO.u32:
      return shortest(reader.u32(), 0x1_0000);
    case INFO.u64:
      return shortest(safe(reader.u64()), 0x1_0000_0000);
    case INFO.indefinite:
      return null;
  }
  throw malformed('reserved additional information', info);
}

function shortest(value: number, least: number): number {
  if (value < least) throw malformed('number is not in its shortest form', value);
  return value;
}

function safe(value: bigint): number {
  // One less than the largest number, so that −1 − n is exact as well.
  if (value >= BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TpmFormatError('unsupported', 'CBOR: number is over 2^53 − 2', { got: value });
  }
  return Number(value);
}

function readSimple(info: number): boolean | null | typeof STOP {
  switch (info) {
    case SIMPLE.false:
      return false;
    case SIMPLE.true:
      return true;
    case SIMPLE.null:
      return null;
    case INFO.indefinite:
      return STOP;
  }
  throw new TpmFormatError('unsupported', 'CBOR: floats and other simple values are not read here', {
    got: info,
  });
}

/** Strings of definite length and the same type, to a break (RFC 8949 §3.2.3). */
function* readChunks(reader: Reader, wanted: number): Generator<Bytes> {
  for (;;) {
    const initial = reader.u8();
    const [major, info] = [initial >> 5, initial & 0x1f];
    if (major === MAJOR.simple && info === INFO.indefinite) return;
    const length = major === wanted ? readArgument(reader, info) : null;
    if (length === null)
      throw malformed('chunk is not a string of the same type and a definite length', major);
    yield reader.bytes(length);
  }
}

function readTextChunks(reader: Reader): string {
  return [...readChunks(reader, MAJOR.text)].map(fromUtf8).join('');
}

function readArray(reader: Reader, count: number | null, depth: number): readonly CborValue[] {
  const items: CborValue[] = [];
  for (let i = 0; count === null || i < count; i++) {
    const item = readItemOrBreak(reader, depth);
    if (item !== STOP) items.push(item);
    else if (count === null) break;
    else throw malformed('break in an array of definite length');
  }
  return items;
}

function readMap(reader: Reader, count: number | null, depth: number): CborMap {
  const map = new Map<CborKey, CborValue>();
  for (let i = 0; count === null || i < count; i++) {
    const key = readItemOrBreak(reader, depth);
    if (key === STOP) {
      if (count === null) break;
      throw malformed('break in a map of definite length');
    }
    if (typeof key !== 'number' && typeof key !== 'string') {
      throw new TpmFormatError('unsupported', 'CBOR: key is neither an integer nor a text');
    }
    if (map.has(key)) throw malformed('key is twice in a map', key);
    map.set(key, readItem(reader, depth));
  }
  return map;
}

function malformed(message: string, got?: unknown, want?: unknown): TpmFormatError {
  return new TpmFormatError('malformed', `CBOR: ${message}`, { got, want });
}
