import { fromHex } from '@asterism/bytes';
import { bitFlips, mutations, truncations } from '@asterism/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TpmFormatError } from '../../errors.ts';
import { CborTag, type CborKey, type CborValue } from './cbor.ts';
import { decodeCbor } from './decode-cbor.ts';
import { encodeCbor } from './encode-cbor.ts';

const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger().filter((n) => n < Number.MAX_SAFE_INTEGER),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 30 }),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.string()), tie('value')), { maxLength: 30 })
      .map((entries) => new Map(entries)),
    fc.tuple(fc.nat(), tie('value')).map(([tag, value]) => new CborTag(tag, value)),
  ),
}));

describe('CBOR of any value', () => {
  it('decodes to what was encoded, and encodes to what was decoded', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(decodeCbor(bytes)).toEqual(value);
        expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
      }),
    );
  });

  it('is the same with indefinite length', () => {
    fc.assert(
      fc.property(fc.array(anyValue), (value) => {
        expect(decodeCbor(encodeCbor(value, 'indefinite'))).toEqual(value);
      }),
    );
  });

  const sample = encodeCbor(
    new Map<CborKey, CborValue>([
      ['a', [1, -2, 1000, true, null]],
      ['b', fromHex('0102')],
      [7, new CborTag(18, 'ü')],
    ]),
  );

  it('S09 is refused truncated at every byte', () => {
    for (const cut of truncations(sample)) {
      expect(() => decodeCbor(cut)).toThrow(
        expect.objectContaining({ name: 'TpmFormatError', code: 'malformed' }),
      );
    }
  });

  it(
    'S09 changed in any bit or at random is refused with a code, or is another value',
    { timeout: 5_000 },
    () => {
      for (const changed of [...bitFlips(sample), ...mutations(sample, 8949, 5_000)]) {
        try {
          decodeCbor(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(TpmFormatError);
        }
      }
    },
  );

  it('S09 random bytes are refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeCbor(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TpmFormatError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
