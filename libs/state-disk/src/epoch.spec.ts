import { describe, expect, it } from 'vitest';
import { decideEpoch } from './epoch.ts';

const open = (epoch: number, rollback: string) => ({ kind: 'open', epoch, rollback });
const rolledBack = { kind: 'rolled-back' };

describe('the epoch that a disk shows, against the server’s', () => {
  it.each([
    // shown, recorded, accepted, decision
    [0, 0, null, open(1, 'none')],
    [1, 0, null, open(2, 'unacknowledged')],
    [2, 0, null, open(3, 'ahead')],
    [5, 5, null, open(6, 'none')],
    [6, 5, null, open(7, 'unacknowledged')],
    [7, 5, null, open(8, 'ahead')],
    [900, 5, null, open(901, 'ahead')],
    [4, 5, null, rolledBack],
    [0, 5, null, rolledBack],
    [4, 5, 4, open(6, 'none')],
    [4, 5, 3, rolledBack],
    [3, 5, 4, rolledBack],
    [0, 5, 0, open(6, 'none')],
    // What was accepted does not matter to a disk that is not older.
    [5, 5, 4, open(6, 'none')],
    [6, 5, 6, open(7, 'unacknowledged')],
    [7, 5, 7, open(8, 'ahead')],
  ] as const)('%i against %i, accepted %s', (shown, epoch, acceptedEpoch, decision) => {
    expect(decideEpoch(shown, { epoch, acceptedEpoch })).toEqual(decision);
  });

  it('S26 opens nothing older than the record, and always moves past both', () => {
    for (let shown = 0; shown < 12; shown++) {
      for (let epoch = 0; epoch < 12; epoch++) {
        for (const acceptedEpoch of [null, ...Array(12).keys()]) {
          const decision = decideEpoch(shown, { epoch, acceptedEpoch });
          const may = shown >= epoch || shown === acceptedEpoch;
          expect(decision.kind).toBe(may ? 'open' : 'rolled-back');
          if (decision.kind === 'open') expect(decision.epoch).toBe(Math.max(shown, epoch) + 1);
        }
      }
    }
  });
});
