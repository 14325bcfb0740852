import { concat, Reader, utf8, Writer } from '@asterism/bytes';
import { KekError } from '@asterism/keys';

/**
 * TTLV of KMIP 1.4 and 2.0, §9.1: tag (3 bytes), type (1), length (4), value padded to 8; big-endian. Only the types that
 * requests and answers of ours hold have values; the others are skipped by their length.
 */
type TtlvValue = readonly TtlvItem[] | number | bigint | boolean | string | Uint8Array;

export interface TtlvItem {
  readonly tag: number;
  readonly type: TtlvType;
  readonly value: TtlvValue;
}

export const TTLV = {
  structure: 1,
  integer: 2,
  longInteger: 3,
  bigInteger: 4,
  enumeration: 5,
  boolean: 6,
  text: 7,
  bytes: 8,
  dateTime: 9,
  interval: 10,
} as const;
type TtlvType = (typeof TTLV)[keyof typeof TTLV];

const DEEPEST = 16;
const MOST_ITEMS = 2_000;

/** Lengths that §9.1.1.3 fixes. */
const LENGTHS: Partial<Record<TtlvType, number>> = { 2: 4, 3: 8, 5: 4, 6: 8, 9: 8, 10: 4 };

export const structure = (tag: number, ...value: TtlvItem[]): TtlvItem => ({
  tag,
  type: TTLV.structure,
  value,
});
export const integer = (tag: number, value: number): TtlvItem => ({ tag, type: TTLV.integer, value });
export const enumeration = (tag: number, value: number): TtlvItem => ({ tag, type: TTLV.enumeration, value });
export const text = (tag: number, value: string): TtlvItem => ({ tag, type: TTLV.text, value });
export const bytes = (tag: number, value: Uint8Array): TtlvItem => ({ tag, type: TTLV.bytes, value });

export function encodeTtlv({ tag, type, value }: TtlvItem): Uint8Array {
  const content = encodeValue(type, value);
  const head = new Writer('big')
    .u32(tag * 256 + type)
    .u32(content.length)
    .finish();
  return concat(head, content, new Uint8Array(paddingOf(content.length)));
}

function encodeValue(type: TtlvType, value: TtlvValue): Uint8Array {
  switch (type) {
    case TTLV.structure:
      return concat(...(value as readonly TtlvItem[]).map(encodeTtlv));
    case TTLV.integer:
    case TTLV.enumeration:
    case TTLV.interval:
      return new Writer('big').u32(value as number).finish();
    case TTLV.longInteger:
    case TTLV.dateTime:
      return new Writer('big').u64(value as bigint).finish();
    case TTLV.boolean:
      return new Writer('big').u64(value === true ? 1n : 0n).finish();
    case TTLV.text:
      return utf8(value as string);
    case TTLV.bytes:
    case TTLV.bigInteger:
      return value as Uint8Array;
  }
}

/** One item and nothing behind it. @throws KekError `kek-response-invalid` */
export function decodeTtlv(encoded: Uint8Array): TtlvItem {
  const budget = { items: MOST_ITEMS };
  try {
    const reader = new Reader(encoded, 'big');
    const item = decodeItem(reader, DEEPEST, budget);
    reader.expectEnd();
    return item;
  } catch (cause) {
    if (cause instanceof KekError) throw cause;
    throw new KekError('kek-response-invalid', 'KMIP: what came back is no TTLV', { cause });
  }
}

function decodeItem(reader: Reader, depth: number, budget: { items: number }): TtlvItem {
  budget.items -= 1;
  if (depth === 0 || budget.items < 0) throw malformed('nested too deep, or too many items');
  const head = reader.u32();
  const [tag, type] = [Math.floor(head / 256), head % 256];
  const length = reader.u32();
  if (!(Object.values(TTLV) as number[]).includes(type)) throw malformed(`unknown type ${type}`);
  const known = type as TtlvType;
  const fixed = LENGTHS[known];
  if (fixed !== undefined && length !== fixed) throw malformed(`length ${length} of type ${type}`);
  const content = reader.bytes(length);
  if (reader.bytes(paddingOf(length)).some((byte) => byte !== 0)) throw malformed('padding is not zero');
  return { tag, type: known, value: decodeValue(known, content, depth, budget) };
}

function decodeValue(
  type: TtlvType,
  content: Uint8Array,
  depth: number,
  budget: { items: number },
): TtlvValue {
  const reader = new Reader(content, 'big');
  switch (type) {
    case TTLV.structure: {
      const items: TtlvItem[] = [];
      while (reader.remaining > 0) items.push(decodeItem(reader, depth - 1, budget));
      return items;
    }
    case TTLV.integer:
    case TTLV.enumeration:
    case TTLV.interval:
      return reader.u32();
    case TTLV.longInteger:
    case TTLV.dateTime:
      return reader.u64();
    case TTLV.boolean:
      return reader.u64() !== 0n;
    case TTLV.text:
      return new TextDecoder('utf-8', { fatal: true }).decode(content);
    case TTLV.bytes:
    case TTLV.bigInteger:
      return content.slice();
  }
}

function paddingOf(length: number): number {
  return (8 - (length % 8)) % 8;
}

function malformed(message: string): KekError {
  return new KekError('kek-response-invalid', `KMIP: ${message}`);
}

/** The first item with this tag directly inside of a structure. */
export function childOf(item: TtlvItem | undefined, tag: number): TtlvItem | undefined {
  if (item?.type !== TTLV.structure) return undefined;
  return (item.value as readonly TtlvItem[]).find((child) => child.tag === tag);
}
