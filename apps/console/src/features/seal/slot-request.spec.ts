import { describe, expect, it } from 'vitest';
import { toSlotRequest } from './slot-request.ts';

const VALUE = 'AB'.repeat(32);

describe('toSlotRequest', () => {
  it('leaves to the configuration what was not typed', () => {
    expect(toSlotRequest({ pcrs: ' ', values: '', comment: 'spare ' })).toEqual({
      ok: true,
      request: { comment: 'spare' },
    });
  });

  it('takes PCRs and the values that they will have', () => {
    expect(toSlotRequest({ pcrs: '4, 7 11', values: `\n7 = ${VALUE}\n`, comment: 'x' })).toEqual({
      ok: true,
      request: { pcrs: [4, 7, 11], values: { '7': VALUE.toLowerCase() }, comment: 'x' },
    });
  });

  it.each([
    ['24', '', 'pcrs.0'],
    ['seven', '', 'pcrs.0'],
    ['', VALUE, 'values: one PCR=value a line'],
    ['', `7=${VALUE}\n7=${VALUE}`, 'values: a PCR comes twice'],
    ['', '7=abc', 'values.7'],
    ['', `24=${VALUE}`, 'values.24'],
  ])('says what is wrong with PCRs "%s" and values "%s"', (pcrs, values, reason) => {
    const result = toSlotRequest({ pcrs, values, comment: 'x' });
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as string });
  });
});
