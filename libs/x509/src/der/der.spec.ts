import { concat, fromHex, toHex, type Bytes } from '@asterism/bytes';
import { stopwatch } from '@asterism/testkit/malformed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { X509Error, type X509ErrorCode } from '../errors.ts';
import { decodeOid, encodeOid } from './oid.ts';
import { cutPadding } from './padding.ts';
import { DerReader } from './reader.ts';
import { TAG } from './tag.ts';
import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derNamedBits,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derUnsignedInteger,
  derUtf8String,
} from './writer.ts';

const refusal = (code: X509ErrorCode) => expect.objectContaining({ code, outcome: 'input' }) as Error;
const nested = (depth: number): Bytes => {
  let der = derNull();
  for (let level = 0; level < depth; level++) der = derSequence(der);
  return der;
};

/** One defect each, alone and wherever it hides in a structure. */
const MALFORMED: readonly (readonly [title: string, hex: string, code: X509ErrorCode])[] = [
  ['nothing at all', '', 'der-truncated'],
  ['a tag without a length', '30', 'der-truncated'],
  ['a length without its octets', '3082', 'der-truncated'],
  ['content that is cut off', '040201', 'der-truncated'],
  ['an indefinite length', '30800000', 'der-length'],
  ['a length of 128 octets', '30ff', 'der-length'],
  ['a length of five octets', '30850000000001ff', 'der-length'],
  ['a long length for a short one', '04810101', 'der-length'],
  ['a length with a leading zero', `04820080${'00'.repeat(128)}`, 'der-length'],
  ['a tag number over 30', '1f8a0100', 'der-tag'],
  ['end-of-contents octets', '0000', 'der-tag'],
  ['a constructed octet string', '2403040101', 'der-tag'],
  ['a constructed bit string', '230403020001', 'der-tag'],
  ['a primitive sequence', '1000', 'der-tag'],
  ['a primitive set', '1100', 'der-tag'],
  ['bytes behind the structure', '050000', 'der-trailing-bytes'],
  ['a boolean of 01', '010101', 'der-value'],
  ['a boolean of two octets', '0102ffff', 'der-value'],
  ['an empty boolean', '0100', 'der-value'],
  ['an empty integer', '0200', 'der-value'],
  ['an integer with a leading 00', '02020001', 'der-value'],
  ['an integer with a leading FF', '0202ff80', 'der-value'],
  ['an enumerated with a leading 00', '0a020001', 'der-value'],
  ['a null with content', '050100', 'der-value'],
  ['an empty bit string', '0300', 'der-value'],
  ['a bit string with eight unused bits', '03020800', 'der-value'],
  ['an empty bit string with unused bits', '030101', 'der-value'],
  ['unused bits that are not zero', '03020101', 'der-value'],
  ['an empty object identifier', '0600', 'der-value'],
  ['an object identifier cut inside an arc', '060255ff', 'der-value'],
  ['a padded arc of an object identifier', '0603558004', 'der-value'],
  ['an object identifier of 65 octets', `0641${'01'.repeat(65)}`, 'der-value'],
  ['a time without a zone', `170c${toHex(new TextEncoder().encode('260101000000'))}`, 'der-value'],
];

describe('DER', () => {
  it.each(MALFORMED)('refuses %s', (_title, hex, code) => {
    expect(() => DerReader.of(fromHex(hex))).toThrow(refusal(code));
  });

  it.each(MALFORMED.filter(([, hex]) => hex !== '' && hex !== '050000'))(
    'refuses %s deep inside a structure that nobody reads',
    (_title, hex) => {
      const hidden = derSequence(derNull(), derExplicit(0, derSetOf(fromHex(hex))));
      expect(() => DerReader.of(hidden)).toThrow(X509Error);
    },
  );

  it('refuses nesting over 32 in bounded time', () => {
    expect(() => DerReader.of(nested(31))).not.toThrow();
    expect(() => DerReader.of(nested(32))).toThrow(refusal('der-too-deep'));
    // Every header is right: 16,000 sequences around an octet string of 300.
    const headers = Array.from({ length: 16_000 }, (_, level) =>
      fromHex(`3082${(304 + 4 * (15_999 - level)).toString(16).padStart(4, '0')}`),
    );
    const deep = concat(...headers, derOctetString(new Uint8Array(300)));
    const taken = stopwatch();
    expect(() => DerReader.of(deep)).toThrow(refusal('der-too-deep'));
    expect(taken()).toBeLessThan(500);
  });

  it('S09 gives a coded refusal or a value for any bytes, and for every cut and flip of good ones', () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        const reader = DerReader.of(bytes);
        if (reader.nextTag === TAG.sequence) reader.enter(TAG.sequence).element();
      } catch (error) {
        expect(error).toBeInstanceOf(X509Error);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), attempt), { seed: 690, numRuns: 2_000 });
    const good = derSequence(derOid('1.2.840.10045.2.1'), derBitString(new Uint8Array(40)), derBoolean(true));
    for (let length = 0; length < good.length; length++) {
      expect(() => DerReader.of(good.subarray(0, length))).toThrow(X509Error);
    }
    for (let bit = 0; bit < good.length * 8; bit++) {
      attempt(good.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)));
    }
  });
});

describe('DerReader', () => {
  it('reads what the writer wrote', () => {
    const fields = DerReader.of(
      derSequence(
        derBoolean(true),
        derUnsignedInteger(300),
        derOid('2.5.29.19'),
        derOctetString(Uint8Array.of(1, 2)),
        derNull(),
        derBitString(Uint8Array.of(0x80)),
        derNamedBits([0, 5, 8]),
        derExplicit(1, derUtf8String('é')),
      ),
    ).enter(TAG.sequence);
    expect(fields.boolean()).toBe(true);
    expect(fields.smallInteger()).toBe(300);
    expect(fields.oid()).toBe('2.5.29.19');
    expect(fields.octetString()).toEqual(Uint8Array.of(1, 2));
    fields.null();
    expect(fields.bitStringOctets()).toEqual(Uint8Array.of(0x80));
    expect(fields.namedBits()).toEqual([0, 5, 8]);
    expect(() => fields.expectEnd()).toThrow(refusal('der-trailing-bytes'));
    expect(fields.enterOptional(0xa0)).toBeUndefined();
    expect(fields.enterOptional(0xa1)?.element(TAG.utf8String).content).toEqual(
      new TextEncoder().encode('é'),
    );
    fields.expectEnd();
    expect(fields.atEnd).toBe(true);
    expect(() => fields.element()).toThrow(refusal('der-truncated'));
  });

  it('takes no tag for another', () => {
    const accessors: readonly ((reader: DerReader) => unknown)[] = [
      (reader) => reader.boolean(),
      (reader) => reader.smallInteger(),
      (reader) => reader.oid(),
      (reader) => reader.octetString(),
      (reader) => reader.null(),
      (reader) => reader.bitStringOctets(),
      (reader) => reader.namedBits(),
      (reader) => reader.time(),
      (reader) => reader.enter(TAG.sequence),
    ];
    for (const read of accessors) {
      expect(() => read(DerReader.of(derUtf8String('x')))).toThrow(X509Error);
    }
  });

  it.each([
    ['a negative integer', '0201ff', (reader: DerReader) => reader.unsignedInteger()],
    ['an integer over 2^31 - 1', '02050080000000', (reader: DerReader) => reader.smallInteger()],
    ['an integer of nine octets', `0209${'01'.repeat(9)}`, (reader: DerReader) => reader.smallInteger()],
    ['a bit string that is not whole octets', '030201fe', (reader: DerReader) => reader.bitStringOctets()],
  ])('refuses %s', (_title, hex, read) => {
    expect(() => read(DerReader.of(fromHex(hex)))).toThrow(refusal('der-value'));
  });

  it('cuts the sign octet off an integer and nothing else', () => {
    expect(toHex(DerReader.of(fromHex('02020080')).unsignedInteger())).toBe('80');
    expect(toHex(DerReader.of(fromHex('020100')).unsignedInteger())).toBe('00');
    expect(DerReader.of(fromHex('02047fffffff')).smallInteger()).toBe(0x7fff_ffff);
  });

  it('tolerates trailing zero bits of a named-bit list, as AMD writes them', () => {
    expect(DerReader.of(fromHex('03020006')).namedBits()).toEqual([5, 6]);
  });

  it('gives copies of byte strings', () => {
    const der = derOctetString(Uint8Array.of(7));
    const value = DerReader.of(der).octetString();
    der.fill(0);
    expect(value).toEqual(Uint8Array.of(7));
  });
});

describe('the writer', () => {
  it('gives strict DER for any content, with minimal lengths', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const der = derOctetString(new Uint8Array(length));
      expect(DerReader.of(der).octetString().length).toBe(length);
    }
    expect(toHex(derElement(0x04, new Uint8Array(128))).slice(0, 6)).toBe('048180');
  });

  it('writes integers minimally and never negative', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (magnitude) => {
        const read = DerReader.of(derUnsignedInteger(magnitude)).unsignedInteger();
        const value = (bytes: Uint8Array) => BigInt(`0x0${toHex(bytes)}`);
        expect(value(read)).toBe(value(magnitude));
      }),
      { seed: 2, numRuns: 300 },
    );
    expect(toHex(derUnsignedInteger(0))).toBe('020100');
    expect(toHex(derUnsignedInteger(128))).toBe('02020080');
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => derUnsignedInteger(wrong), String(wrong)).toThrow(refusal('argument-invalid'));
    }
  });

  it('orders a SET OF by its encodings', () => {
    expect(toHex(derSetOf(derUnsignedInteger(2), derNull(), derUnsignedInteger(1)))).toBe(
      '31080201010201020500',
    );
    const [a, b] = [derOctetString(Uint8Array.of(1)), derOctetString(Uint8Array.of(1, 0))];
    expect(derSetOf(b, a, b)).toEqual(derSetOf(a, b, b));
    expect(toHex(derSetOf(a, a))).toBe('3106040101040101');
  });

  it('cuts the trailing zero bits of a named-bit list', () => {
    expect(toHex(derNamedBits([5, 6]))).toBe('03020106');
    expect(toHex(derNamedBits([]))).toBe('030100');
  });
});

describe('object identifiers', () => {
  it.each([
    ['2.5.4.3', '550403'],
    ['1.2.840.113549.1.1.11', '2a864886f70d01010b'],
    ['2.23.133.8.1', '6781050801'],
    ['0.9.2342.19200300.100.1.25', '0992268993f22c640119'],
    ['2.999.3', '883703'],
    ['1.39.0', '4f00'],
  ])('%s is %s', (text, hex) => {
    expect(toHex(encodeOid(text))).toBe(hex);
    expect(decodeOid(fromHex(hex))).toBe(text);
  });

  it.each(['', '1', '3.1', '1.40', '0.40.1', '1..2', '1.2.', '1.02', '1.-2', '1.2 ', 'commonName'])(
    '%j is none',
    (text) => {
      expect(() => encodeOid(text)).toThrow(refusal('argument-invalid'));
    },
  );

  it('survive the round trip, whatever their arcs', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 70n }), { maxLength: 4 });
    const joint = fc.oneof(
      fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 39n })),
      fc.tuple(fc.constant(2n), fc.bigInt({ min: 0n, max: 10_000n })),
    );
    fc.assert(
      fc.property(joint, arcs, (head, rest) => {
        const text = [...head, ...rest].join('.');
        expect(decodeOid(encodeOid(text))).toBe(text);
      }),
      { seed: 660, numRuns: 300 },
    );
  });
});

describe('cutPadding', () => {
  const der = derSequence(derUnsignedInteger(1));

  it.each([0x00, 0xff])('cuts what fills an NV index with %d', (filler) => {
    expect(cutPadding(concat(der, new Uint8Array(1000).fill(filler)))).toEqual(der);
    expect(cutPadding(der)).toEqual(der);
  });

  it('refuses anything else behind the structure', () => {
    for (const tail of ['01', '00ff', '0001', 'ffff00', '30']) {
      expect(() => cutPadding(concat(der, fromHex(tail))), tail).toThrow(refusal('der-trailing-bytes'));
    }
    expect(() => cutPadding(der.subarray(0, 3))).toThrow(refusal('der-truncated'));
  });
});
