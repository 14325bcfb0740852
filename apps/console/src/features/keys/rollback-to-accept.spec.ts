import { describe, expect, it } from 'vitest';
import { rollbackToAccept } from './rollback-to-accept.ts';

const fault = {
  code: 'state-disk-rolled-back' as const,
  detail: 'x',
  epoch: 3,
  at: '2026-11-25T03:00:00.000Z',
};

describe('rollbackToAccept', () => {
  it('names the epoch that the header showed', () => {
    expect(rollbackToAccept({ fault, acceptedEpoch: null })).toBe(3);
    expect(rollbackToAccept({ fault: { ...fault, epoch: 0 }, acceptedEpoch: null })).toBe(0);
  });

  it('asks again for another copy, and not for one that was accepted', () => {
    expect(rollbackToAccept({ fault, acceptedEpoch: 2 })).toBe(3);
    expect(rollbackToAccept({ fault, acceptedEpoch: 3 })).toBeNull();
  });

  it('offers nothing for other faults, or none', () => {
    expect(rollbackToAccept({ fault: null, acceptedEpoch: null })).toBeNull();
    expect(
      rollbackToAccept({ fault: { ...fault, code: 'state-disk-io-error' }, acceptedEpoch: null }),
    ).toBeNull();
  });
});
