import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  childOf,
  decodeTtlv,
  encodeTtlv,
  enumeration,
  integer,
  structure,
  text,
  TTLV,
  type TtlvItem,
} from './ttlv.ts';

const tag = fc.integer({ min: 0x420000, max: 0x42ffff });
const leaf: fc.Arbitrary<TtlvItem> = fc.oneof(
  fc.tuple(tag, fc.integer({ min: 0, max: 0xffff_ffff })).map(([at, value]) => integer(at, value)),
  fc.tuple(tag, fc.integer({ min: 0, max: 0xffff_ffff })).map(([at, value]) => enumeration(at, value)),
  fc.tuple(tag, fc.string({ unit: 'grapheme', maxLength: 20 })).map(([at, value]) => text(at, value)),
  fc.tuple(tag, fc.uint8Array({ maxLength: 40 })).map(([at, value]) => bytes(at, value)),
  fc.tuple(tag, fc.boolean()).map(([at, value]) => ({ tag: at, type: TTLV.boolean, value })),
  fc
    .tuple(tag, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
    .map(([at, value]) => ({ tag: at, type: TTLV.dateTime, value })),
);
const { item } = fc.letrec<{ item: TtlvItem }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tag, fc.array(tie('item'), { maxLength: 4 })).map(([at, items]) => structure(at, ...items)),
  ),
}));

const invalid = expect.objectContaining({ name: 'KekError', code: 'kek-response-invalid' });

describe('TTLV', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(item, (made) => {
        const encoded = encodeTtlv(made);
        expect(encoded.length % 8).toBe(0);
        expect(decodeTtlv(encoded)).toEqual(made);
      }),
    );
  });

  // KMIP 1.4, §9.1.2: the specification's own examples.
  it.each([
    ['an integer', integer(0x420020, 8), '42002002000000040000000800000000'],
    ['an enumeration', enumeration(0x420020, 255), '4200200500000004000000ff00000000'],
    ['a text', text(0x420020, 'Hello World'), '420020070000000b48656c6c6f20576f726c640000000000'],
    ['bytes', bytes(0x420020, Uint8Array.of(1, 2, 3)), '42002008000000030102030000000000'],
    [
      'a structure',
      structure(0x420020, enumeration(0x420004, 254), integer(0x420005, 255)),
      '42002001000000204200040500000004000000fe000000004200050200000004000000ff00000000',
    ],
  ])('writes %s as the specification does', (_, made, hex) => {
    expect(Buffer.from(encodeTtlv(made)).toString('hex')).toBe(hex);
    expect(decodeTtlv(Buffer.from(hex, 'hex'))).toEqual(made);
  });

  it('S09 cut short at every byte, or longer by one, is refused', () => {
    const encoded = encodeTtlv(
      structure(0x42007b, text(0x420094, 'key-1'), structure(0x420079, bytes(0x4200c2, new Uint8Array(9)))),
    );
    for (let length = 0; length < encoded.length; length += 1) {
      expect(() => decodeTtlv(encoded.subarray(0, length)), `${length} bytes`).toThrow(invalid);
    }
    expect(() => decodeTtlv(Uint8Array.of(...encoded, 0))).toThrow(invalid);
  });

  it('S09 any bytes are an item or refused, with nothing else thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), item.map(encodeTtlv)),
        fc.nat(),
        fc.nat(7),
        (given, at, bit) => {
          const altered = Uint8Array.from(given);
          if (altered.length > 0)
            altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ (1 << bit);
          try {
            decodeTtlv(altered);
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
  });

  it.each([
    ['an unknown type', '4200200b000000040000000800000000'],
    ['an integer of eight bytes', '42002002000000080000000000000008'],
    ['padding that is not zero', '42002002000000040000000800000001'],
    ['a text that is no UTF-8', '42002007000000 01ff00000000000000'.replace(' ', '')],
    ['a length beyond the end', '42002008000000ff0102030000000000'],
  ])('S09 %s is refused', (_, hex) => {
    expect(() => decodeTtlv(Buffer.from(hex, 'hex'))).toThrow(invalid);
  });

  it('S09 what is nested too deep or has too many items is refused', () => {
    let deep = structure(0x420020);
    for (let depth = 0; depth < 20; depth += 1) deep = structure(0x420020, deep);
    const wide = structure(0x420020, ...Array.from({ length: 2_100 }, () => integer(0x420021, 1)));
    for (const made of [deep, wide]) expect(() => decodeTtlv(encodeTtlv(made))).toThrow(invalid);
  });

  it('has no children where it is no structure', () => {
    expect(childOf(text(0x420020, 'x'), 0x420020)).toBeUndefined();
    expect(childOf(undefined, 0x420020)).toBeUndefined();
    expect(childOf(structure(0x420020, integer(0x420021, 7)), 0x420021)?.value).toBe(7);
  });
});
