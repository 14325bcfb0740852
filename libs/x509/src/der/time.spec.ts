import { utf8 } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerReader } from './reader.ts';
import { TAG } from './tag.ts';
import { decodeTime } from './time.ts';
import { derTime } from './writer.ts';

const UTC = TAG.utcTime;
const GENERALIZED = TAG.generalizedTime;
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

describe('times of RFC 5280 §4.1.2.5', () => {
  it.each([
    [UTC, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [UTC, '991231235959Z', '1999-12-31T23:59:59.000Z'],
    [UTC, '000229120000Z', '2000-02-29T12:00:00.000Z'],
    [UTC, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [GENERALIZED, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [GENERALIZED, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    [GENERALIZED, '19491231235959Z', '1949-12-31T23:59:59.000Z'],
  ])('%d %s is %s', (tag, text, iso) => {
    expect(decodeTime(tag, utf8(text)).toISOString()).toBe(iso);
  });

  it.each([
    [UTC, '2601010000Z', 'without seconds'],
    [UTC, '260101000000', 'without a zone'],
    [UTC, '260101000000+0000', 'with an offset'],
    [UTC, '20260101000000Z', 'with a year of four digits'],
    [UTC, '260101000000z', 'with a small z'],
    [UTC, '26010100000 Z', 'with a space'],
    [UTC, '260230000000Z', 'on 30 February'],
    [UTC, '270229000000Z', 'on 29 February of a common year'],
    [UTC, '261301000000Z', 'in month 13'],
    [UTC, '260001000000Z', 'in month 0'],
    [UTC, '260100000000Z', 'on day 0'],
    [UTC, '260101240000Z', 'at 24 hours'],
    [UTC, '260101006000Z', 'at 60 minutes'],
    [UTC, '260101000060Z', 'at a leap second'],
    [GENERALIZED, '20260101000000Z', 'of a year that is written as UTCTime'],
    [GENERALIZED, '20500101000000.5Z', 'with a fraction'],
    [GENERALIZED, '20500101000000', 'without a zone'],
    [GENERALIZED, '500101000000Z', 'with a year of two digits'],
    [GENERALIZED, '', 'that is empty'],
    [TAG.utf8String, '260101000000Z', 'in another type'],
  ])('refuses %d %j %s', (tag, text, why) => {
    expect(() => decodeTime(tag, utf8(text)), why).toThrow(refusal('der-value'));
  });

  it('survive the round trip to the second, in the type of their year', () => {
    const times = fc.date({
      min: new Date('1950-01-01'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(times, (time) => {
        const der = derTime(time);
        expect(der[0]).toBe(time.getUTCFullYear() < 2050 ? UTC : GENERALIZED);
        expect(DerReader.of(der).time().getTime()).toBe(Math.floor(time.getTime() / 1000) * 1000);
      }),
      { seed: 5280, numRuns: 500 },
    );
  });

  it('are not written outside 1950 to 9999, nor for what is no date', () => {
    for (const time of [new Date('1949-12-31T23:59:59Z'), new Date('+010000-01-01'), new Date(Number.NaN)]) {
      expect(() => derTime(time)).toThrow(refusal('argument-invalid'));
    }
  });
});
