import { BytesError, type Reader } from '@asterism/bytes';
import { WIDEST_BITMAP } from './serial-plan.ts';
import { readMpint } from './wire.ts';

/** First and last. */
export type Range = readonly [bigint, bigint];

/** Three times what 100,000 scattered serials are: the bits of a small list would be many more. */
const MOST = 300_000;
const LAST = 0xffff_ffff_ffff_ffffn;

/** Reads sections of serials of one list, and no more of them than fit in memory (S09). */
export class SerialReader {
  #left = MOST;

  list(data: Reader, ranges: Range[]): void {
    while (data.remaining > 0) {
      const serial = data.u64();
      this.#add(ranges, serial, serial);
    }
  }

  range(data: Reader, ranges: Range[]): void {
    const first = data.u64();
    const last = data.u64();
    if (last < first) throw new BytesError('out-of-range', 'range ends before it begins');
    this.#add(ranges, first, last);
  }

  /** Bit i, counted from the least of a big-endian number, is serial offset + i. */
  bitmap(data: Reader, ranges: Range[]): void {
    const offset = data.u64();
    const bits = readMpint(data, WIDEST_BITMAP / 8);
    const isSet = (bit: number) => ((bits[bits.length - 1 - (bit >>> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
    for (let bit = 0; bit < bits.length * 8; bit++) {
      if (!isSet(bit)) continue;
      const from = bit;
      while (isSet(bit + 1)) bit++;
      this.#add(ranges, offset + BigInt(from), offset + BigInt(bit));
    }
  }

  #add(ranges: Range[], first: bigint, last: bigint): void {
    if (last > LAST) throw new BytesError('out-of-range', 'bitmap reaches over 64 bits');
    if (this.#left-- === 0) throw new BytesError('out-of-range', 'too many serials', { want: MOST });
    ranges.push([first, last]);
  }
}

/** Ascending, none touching another. */
export function mergeRanges(ranges: Range[]): Range[] {
  ranges.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const merged: Range[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    if (before === undefined || range[0] > before[1] + 1n) merged.push(range);
    else if (range[1] > before[1]) merged[merged.length - 1] = [before[0], range[1]];
  }
  return merged;
}
