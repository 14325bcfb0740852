import { Writer, type Bytes } from '@asterism/bytes';
import { CERTIFICATE_SECTION } from './revocation-list.ts';
import { toMpint } from './wire.ts';

/** Ascending serials that are written in one section. */
interface Group {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** A section's type and length. */
const HEAD = 5;
const SERIAL = 8;
/** An offset and the length of a bitmap; one byte more where its first bit is set. */
const BITMAP_HEAD = HEAD + SERIAL + 5;
/** A gap that costs as much in a bitmap as a section of its own. */
const WIDE_GAP = BigInt(8 * BITMAP_HEAD);

/**
 * Sections of revoked serials, each in the encoding that takes least: a range, a bitmap, or a list.
 * @param serials ascending, without repetitions
 */
export function serialSections(serials: BigUint64Array): Bytes {
  const writer = new Writer('big');
  let listed: bigint[] = [];
  const endList = () => {
    if (listed.length > 0) section(writer, CERTIFICATE_SECTION.serialList, listOf(listed));
    listed = [];
  };
  for (const group of groupsOf(serials)) {
    const members = serials.subarray(group.from, group.to);
    const first = members[0] ?? 0n;
    const last = members.at(-1) ?? 0n;
    const span = last - first + 1n;
    const list = members.length * SERIAL;
    const range = span === BigInt(members.length) ? HEAD + 2 * SERIAL : Infinity;
    const bitmap = BITMAP_HEAD + Number((span + 7n) / 8n);
    if (list <= Math.min(range, bitmap)) {
      listed.push(...members);
      continue;
    }
    endList();
    if (range <= bitmap) {
      section(writer, CERTIFICATE_SECTION.serialRange, new Writer('big').u64(first).u64(last).finish());
    } else {
      section(writer, CERTIFICATE_SECTION.serialBitmap, bitmapOf(members, first, span));
    }
  }
  endList();
  return writer.finish();
}

/** OpenSSH reads bitmaps of 2²⁴ bits and no more. */
const WIDEST = 1n << 24n;

/** Cut at wide gaps, and where a run of consecutive serials is worth a range. */
function* groupsOf(serials: BigUint64Array): Generator<Group> {
  let from = 0;
  for (let at = 1; at <= serials.length; at++) {
    const here = serials[at];
    const before = serials[at - 1] ?? 0n;
    const first = serials[from] ?? 0n;
    if (here === undefined || here - before > WIDE_GAP || here - first >= WIDEST) {
      yield { from, to: at };
      from = at;
    }
  }
}

function listOf(serials: readonly bigint[]): Bytes {
  const bytes = new Uint8Array(serials.length * SERIAL);
  const view = new DataView(bytes.buffer);
  serials.forEach((serial, at) => view.setBigUint64(at * SERIAL, serial));
  return bytes;
}

/** Bit i, counted from the least of a big-endian number, is serial first + i. */
function bitmapOf(members: BigUint64Array, first: bigint, span: bigint): Bytes {
  const bits = new Uint8Array(Number((span + 7n) / 8n));
  for (const serial of members) {
    const bit = Number(serial - first);
    const byte = bits.length - 1 - (bit >>> 3);
    bits[byte] = (bits[byte] ?? 0) | (1 << (bit & 7));
  }
  return new Writer('big').u64(first).sized32(toMpint(bits)).finish();
}

export function section(writer: Writer, type: number, data: Uint8Array): void {
  writer.u8(type).sized32(data);
}
