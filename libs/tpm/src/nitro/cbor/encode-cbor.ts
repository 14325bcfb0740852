import { concat, utf8, Writer, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../../errors.ts';
import { BREAK, CborTag, INFO, isCborArray, isCborMap, MAJOR, SIMPLE, type CborValue } from './cbor.ts';

/**
 * Encodes one data item in its shortest form, maps in the order they are in. Only the outermost array or map can be of
 * indefinite length, as in NitroTPM documents.
 * @throws TpmFormatError `unsupported` for a number that is not a safe integer.
 */
export function encodeCbor(value: CborValue, length: 'definite' | 'indefinite' = 'definite'): Bytes {
  if (length === 'definite') return encodeItem(value);
  if (isCborArray(value)) return indefinite(MAJOR.array, value.map(encodeItem));
  if (isCborMap(value)) return indefinite(MAJOR.map, [...value].flat().map(encodeItem));
  throw new TpmFormatError('unsupported', 'CBOR: only arrays and maps are written with indefinite length');
}

function encodeItem(value: CborValue): Bytes {
  if (typeof value === 'number') return encodeInteger(value);
  if (typeof value === 'string') {
    const bytes = utf8(value);
    return concat(head(MAJOR.text, bytes.length), bytes);
  }
  if (value === null) return head(MAJOR.simple, SIMPLE.null);
  if (typeof value === 'boolean') return head(MAJOR.simple, value ? SIMPLE.true : SIMPLE.false);
  if (value instanceof Uint8Array) return concat(head(MAJOR.bytes, value.length), value);
  if (value instanceof CborTag) return concat(head(MAJOR.tag, value.tag), encodeItem(value.value));
  if (isCborArray(value)) return concat(head(MAJOR.array, value.length), ...value.map(encodeItem));
  return concat(head(MAJOR.map, value.size), ...[...value].flat().map(encodeItem));
}

function encodeInteger(value: number): Bytes {
  if (!Number.isSafeInteger(value)) {
    throw new TpmFormatError('unsupported', 'CBOR: number is not a safe integer', { got: value });
  }
  return value < 0 ? head(MAJOR.negative, -1 - value) : head(MAJOR.unsigned, value);
}

function head(major: number, argument: number): Bytes {
  const writer = new Writer('big');
  const initial = major << 5;
  if (argument < INFO.u8) writer.u8(initial | argument);
  else if (argument < 0x100) writer.u8(initial | INFO.u8).u8(argument);
  else if (argument < 0x1_0000) writer.u8(initial | INFO.u16).u16(argument);
  else if (argument < 0x1_0000_0000) writer.u8(initial | INFO.u32).u32(argument);
  else writer.u8(initial | INFO.u64).u64(BigInt(argument));
  return writer.finish();
}

function indefinite(major: number, items: readonly Bytes[]): Bytes {
  return concat(Uint8Array.of((major << 5) | INFO.indefinite), ...items, Uint8Array.of(BREAK));
}
