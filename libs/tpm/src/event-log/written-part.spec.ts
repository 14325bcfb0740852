import { concat } from '@asterism/bytes';
import { describe, expect, it } from 'vitest';
import { encodeEventLog } from './encode-event-log.ts';
import { EVENT_TYPE } from './event-types.ts';
import { writtenEventLog } from './written-part.ts';

const LOG = encodeEventLog(
  ['sha384'],
  [1, 2].map((pcr) => ({
    pcr,
    type: EVENT_TYPE.EV_IPL,
    digests: new Map([['sha384' as const, new Uint8Array(48).fill(pcr)]]),
    // Ends like the memory behind it.
    data: Uint8Array.of(1, 0, 0xff, 0xff),
  })),
);

describe('writtenEventLog', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['erased memory', new Uint8Array(100).fill(0xff)],
    ['zeros', new Uint8Array(100)],
    ['less than an event', new Uint8Array(5).fill(0xff)],
  ])('ends with the last event before %s', (_, padding) => {
    expect(writtenEventLog(concat(LOG, padding))).toEqual(LOG);
  });

  it('refuses an event that runs out of the area', () => {
    for (const cut of [10, LOG.length - 1]) {
      expect(() => writtenEventLog(LOG.subarray(0, cut))).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
  });
});
