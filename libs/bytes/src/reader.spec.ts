import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytesError } from './coded-error.ts';
import { concat } from './arrays.ts';
import { utf8 } from './encoding.ts';
import { Reader, type Endianness } from './reader.ts';
import { Writer } from './writer.ts';

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const refusal = (code: string) => expect.objectContaining({ code, outcome: 'input' }) as Error;

describe('Reader', () => {
  it('reads integers in the byte order it was told', () => {
    const big = new Reader(BYTES, 'big');
    expect([big.u8(), big.u16(), big.u32()]).toEqual([1, 0x0203, 0x04050607]);
    const little = new Reader(BYTES, 'little');
    expect([little.u8(), little.u16(), little.u32()]).toEqual([1, 0x0302, 0x07060504]);
    expect(new Reader(BYTES, 'big').u64()).toBe(0x0102030405060708n);
    expect(new Reader(BYTES, 'little').u64()).toBe(0x0807060504030201n);
    expect(new Reader(new Uint8Array(4).fill(0xff), 'big').u32()).toBe(0xffff_ffff);
  });

  it('reads a view from its own start, not from that of the memory behind it', () => {
    const reader = new Reader(BYTES.subarray(2, 4), 'big');
    expect(reader.u16()).toBe(0x0304);
    expect(() => reader.u8()).toThrow(refusal('out-of-bounds'));
  });

  it('refuses to read past the end, and then has not moved', () => {
    const reads: readonly ((reader: Reader) => unknown)[] = [
      (reader) => reader.u16(),
      (reader) => reader.u32(),
      (reader) => reader.u64(),
      (reader) => reader.bytes(2),
      (reader) => reader.text(2),
      (reader) => reader.zeros(2, 'reserved'),
    ];
    for (const read of reads) {
      const reader = new Reader(BYTES.subarray(0, 1), 'big');
      expect(() => read(reader)).toThrow(refusal('out-of-bounds'));
      expect(reader.offset).toBe(0);
      expect(reader.u8()).toBe(1);
    }
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses a length of %d', (length) => {
    expect(() => new Reader(BYTES, 'big').bytes(length)).toThrow(refusal('out-of-bounds'));
  });

  it('copies what it gives out, so that a later change of the source is not seen', () => {
    const source = Uint8Array.from(BYTES);
    const reader = new Reader(source, 'big');
    const [slice, rest] = [reader.bytes(2), reader.rest()];
    source.fill(0xff);
    expect(slice).toEqual(Uint8Array.of(1, 2));
    expect(rest).toEqual(BYTES.slice(2));
    expect(reader.remaining).toBe(0);
  });

  it('bounds sized fields before it reads them', () => {
    const sized = Uint8Array.of(0, 3, 9, 9, 9);
    expect(new Reader(sized, 'big').sized16(3)).toEqual(Uint8Array.of(9, 9, 9));
    expect(() => new Reader(sized, 'big').sized16(2)).toThrow(refusal('out-of-range'));
    expect(() => new Reader(sized.subarray(0, 4), 'big').sized16()).toThrow(refusal('out-of-bounds'));
    const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
    expect(() => new Reader(huge, 'big').sized32(1024)).toThrow(refusal('out-of-range'));
    expect(() => new Reader(huge, 'big').sized32(0xffff_ffff)).toThrow(refusal('out-of-bounds'));
  });

  it('refuses reserved bytes that are not zero and names them', () => {
    const reader = new Reader(Uint8Array.of(1, 0, 0, 4), 'big');
    reader.u8();
    reader.zeros(2, 'padding');
    expect(() => reader.zeros(1, 'flags')).toThrow(/flags at offset 3/);
  });

  it('says how many bytes were left behind the structure', () => {
    const reader = new Reader(BYTES, 'big');
    expect(() => reader.expectEnd()).toThrow(
      expect.objectContaining({ code: 'trailing-bytes', got: 8, want: 0 }) as Error,
    );
    reader.bytes(8);
    expect(() => reader.expectEnd()).not.toThrow();
    expect(() => new Reader(new Uint8Array(), 'little').expectEnd()).not.toThrow();
  });

  it('refuses text that is not UTF-8', () => {
    expect(new Reader(utf8('aé'), 'big').text(3)).toBe('aé');
    expect(() => new Reader(utf8('aé'), 'big').text(2)).toThrow(refusal('invalid-utf8'));
  });
});

describe('Writer', () => {
  it('refuses numbers that do not fit, and never wraps them', () => {
    for (const value of [-1, 256, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new Writer('big').u8(value), String(value)).toThrow(refusal('out-of-range'));
    }
    expect(() => new Writer('big').u16(0x1_0000)).toThrow(refusal('out-of-range'));
    expect(() => new Writer('big').u32(2 ** 32)).toThrow(refusal('out-of-range'));
    expect(() => new Writer('big').u64(-1n)).toThrow(refusal('out-of-range'));
    expect(() => new Writer('big').u64(1n << 64n)).toThrow(refusal('out-of-range'));
  });

  it('refuses a field that is longer than its length can say', () => {
    expect(() => new Writer('big').sized16(new Uint8Array(0x1_0000))).toThrow(refusal('out-of-range'));
    expect(new Writer('little').sized16(new Uint8Array(2)).finish()).toEqual(Uint8Array.of(2, 0, 0, 0));
  });

  it('is read back by Reader, in both byte orders', () => {
    const field = fc.oneof(
      fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
      fc.record({ kind: fc.constant('u16' as const), value: fc.nat(0xffff) }),
      fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ kind: fc.constant('u64' as const), value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) }),
      fc.record({ kind: fc.constant('sized16' as const), value: fc.uint8Array() }),
      fc.record({ kind: fc.constant('sized32' as const), value: fc.uint8Array() }),
      fc.record({ kind: fc.constant('zeros' as const), value: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.constantFrom<Endianness>('big', 'little'), fc.array(field), (endianness, fields) => {
        const writer = new Writer(endianness);
        for (const { kind, value } of fields)
          (writer[kind] as (value: unknown) => Writer).call(writer, value);
        const bytes = writer.finish();
        const reader = new Reader(bytes, endianness);
        for (const { kind, value } of fields) {
          if (kind === 'zeros') reader.zeros(value, 'zeros');
          else if (kind === 'sized32') expect(reader.sized32(0xffff)).toEqual(new Uint8Array(value));
          else if (kind === 'sized16') expect(reader.sized16()).toEqual(new Uint8Array(value));
          else expect(reader[kind]()).toBe(value);
        }
        reader.expectEnd();
        // One byte less is always noticed.
        if (bytes.length === 0) return;
        const cut = new Reader(bytes.subarray(0, -1), endianness);
        expect(() => {
          for (const { kind, value } of fields) {
            if (kind === 'zeros') cut.zeros(value, 'zeros');
            else if (kind === 'sized32') cut.sized32(0xffff);
            else cut[kind]();
          }
        }).toThrow(BytesError);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('writes its parts in order', () => {
    expect(new Writer('big').u8(1).bytes(Uint8Array.of(2, 3)).zeros(1).u16(4).finish()).toEqual(
      concat(Uint8Array.of(1), Uint8Array.of(2, 3), Uint8Array.of(0), Uint8Array.of(0, 4)),
    );
  });
});
