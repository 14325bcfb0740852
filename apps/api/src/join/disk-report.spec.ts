import type { StateDiskReport } from '@asterism/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followReport } from './disk-report.ts';

const DISK = { keyVersion: 2, nextKeyVersion: null, epoch: 5 };
const GRANTED = { keyVersion: 2, nextKeyVersion: null, epoch: 5 };
const report = (change: Partial<StateDiskReport> = {}): StateDiskReport => ({
  version: 2,
  epoch: 6,
  rollback: 'none',
  activated: true,
  ...change,
});
const conflict = expect.objectContaining({ code: 'node-state-conflict' }) as Error;

describe('what a report makes of a disk', () => {
  it.each([
    ['the same epoch again', {}, {}, { epoch: 5 }],
    ['an earlier epoch', {}, {}, { epoch: 4 }],
    ['an epoch that skips one', {}, {}, { epoch: 7 }],
    ['one open that was not reported, by the wrong count', {}, {}, { rollback: 'unacknowledged', epoch: 6 }],
    ['a disk that is ahead and is not', {}, {}, { rollback: 'ahead', epoch: 7 }],
    ['an older version', {}, {}, { version: 1 }],
    ['a version that nobody wants', {}, {}, { version: 3 }],
    ['a version that the boot was not granted', { nextKeyVersion: 3 }, {}, { version: 3 }],
    ['a version that is wanted no more', {}, { nextKeyVersion: 3 }, { version: 3 }],
    ['a version of before another boot’s rotation', { keyVersion: 3 }, {}, {}],
    ['a boot whose epoch another boot has passed', { epoch: 6 }, {}, {}],
  ] as const)('refuses %s', (_, disk, granted, change) => {
    expect(() =>
      followReport(
        { ...DISK, ...disk },
        { ...GRANTED, ...granted },
        report(change as Partial<StateDiskReport>),
      ),
    ).toThrow(conflict);
  });

  it.each([
    ['an open', {}, {}, { keyVersion: 2, nextKeyVersion: null, epoch: 6, ahead: false }],
    [
      'an open after one that was not reported',
      {},
      { rollback: 'unacknowledged', epoch: 7 },
      { keyVersion: 2, nextKeyVersion: null, epoch: 7, ahead: false },
    ],
    [
      'a disk that is newer than the record',
      {},
      { rollback: 'ahead', epoch: 40 },
      { keyVersion: 2, nextKeyVersion: null, epoch: 40, ahead: true },
    ],
    [
      'a rotation that is done',
      { nextKeyVersion: 4 },
      { version: 4 },
      { keyVersion: 4, nextKeyVersion: null, epoch: 6, ahead: false },
    ],
    [
      'an open without the rotation that is wanted',
      { nextKeyVersion: 4 },
      {},
      { keyVersion: 2, nextKeyVersion: 4, epoch: 6, ahead: false },
    ],
  ] as const)('takes %s', (_, wanted, change, expected) => {
    const both = [
      { ...DISK, ...wanted },
      { ...GRANTED, ...wanted },
    ] as const;
    expect(followReport(...both, report(change))).toEqual(expected);
  });

  it('never takes a version or an epoch back, whatever is reported', () => {
    const small = fc.integer({ min: 1, max: 6 });
    const next = fc.option(small, { nil: null });
    const record = fc.record({ keyVersion: small, nextKeyVersion: next, epoch: small });
    const any = fc.record({
      version: small,
      epoch: fc.integer({ min: 1, max: 12 }),
      rollback: fc.constantFrom('none' as const, 'unacknowledged' as const, 'ahead' as const),
      activated: fc.boolean(),
    });
    fc.assert(
      fc.property(record, record, any, (disk, granted, told) => {
        // As the tables have it: what is wanted is newer than what is there.
        fc.pre(disk.nextKeyVersion === null || disk.nextKeyVersion > disk.keyVersion);
        let after;
        try {
          after = followReport(disk, granted, told);
        } catch {
          return;
        }
        expect(after.epoch).toBeGreaterThan(disk.epoch);
        expect(after.keyVersion).toBeGreaterThanOrEqual(disk.keyVersion);
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
});
