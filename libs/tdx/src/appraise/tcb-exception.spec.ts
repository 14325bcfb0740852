import { describe, expect, it } from 'vitest';
import { isTcbAcceptable, type TcbException } from './tcb-exception.ts';

const at = new Date('2026-06-01T00:00:00Z');
const judged = { tcbStatus: 'SWHardeningNeeded', advisoryIds: ['INTEL-SA-00289', 'INTEL-SA-00615'] } as const;
const exception: TcbException = {
  status: 'SWHardeningNeeded',
  advisories: ['INTEL-SA-00615', 'INTEL-SA-00289', 'INTEL-SA-00001'],
  until: '2026-06-02T00:00:00Z',
};

describe('isTcbAcceptable', () => {
  it('takes UpToDate as it is, and another status under an exception', () => {
    expect(isTcbAcceptable({ tcbStatus: 'UpToDate', advisoryIds: [] }, [], at)).toBe(true);
    expect(isTcbAcceptable(judged, [exception], at)).toBe(true);
    expect(isTcbAcceptable({ ...judged, advisoryIds: [] }, [{ ...exception, advisories: [] }], at)).toBe(
      true,
    );
  });

  it.each<readonly [what: string, exceptions: readonly TcbException[]]>([
    ['no exception', []],
    ['an exception for another status', [{ ...exception, status: 'ConfigurationNeeded' }]],
    ['an advisory that is not named', [{ ...exception, advisories: ['INTEL-SA-00289'] }]],
    [
      'one advisory in each of two exceptions',
      judged.advisoryIds.map((one) => ({ ...exception, advisories: [one] })),
    ],
    ['an exception that has expired', [{ ...exception, until: at.toISOString() }]],
    ['an exception until no date', [{ ...exception, until: 'some day' }]],
  ])('S14 refuses %s', (_what, exceptions) => {
    expect(isTcbAcceptable(judged, exceptions, at)).toBe(false);
  });

  it('S14 refuses OutOfDate and Revoked whatever the exceptions', () => {
    for (const tcbStatus of [
      'OutOfDate',
      'OutOfDateConfigurationNeeded',
      'Revoked',
      'NoMatchingTcbLevel',
    ] as const) {
      const named = { ...exception, status: tcbStatus } as unknown as TcbException;
      expect(isTcbAcceptable({ tcbStatus, advisoryIds: [] }, [named], at)).toBe(false);
    }
  });
});
