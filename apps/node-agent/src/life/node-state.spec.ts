import { describe, expect, it } from 'vitest';
import { AGENT_STATES, mayBecome, type AgentState } from './node-state.ts';

/** The drawing of architecture.md as arrows; everything else is not drawn. */
const DRAWN: readonly (readonly [AgentState, string])[] = [
  ['booted', 'attesting'],
  ['attesting', 'waiting refused locked disk-open member quarantined revoked'],
  ['waiting', 'refused locked disk-open member quarantined revoked'],
  ['refused', 'waiting locked disk-open member quarantined revoked'],
  ['locked', 'disk-open quarantined revoked'],
  ['disk-open', 'member quarantined revoked'],
  ['member', 'quarantined revoked'],
  ['quarantined', 'waiting refused locked disk-open member revoked'],
  ['revoked', ''],
];

describe('states of a node', () => {
  it.each(DRAWN)('S35 lead from %s to %s and nowhere else', (from, to) => {
    const reachable = AGENT_STATES.filter((state) => state !== from && mayBecome(from, state));
    expect(reachable.toSorted()).toEqual(to.split(' ').filter(Boolean).toSorted());
  });

  it('S35 never lead back to booted or attesting: that takes a new process', () => {
    for (const from of AGENT_STATES) {
      if (from !== 'booted') expect(mayBecome(from, 'booted')).toBe(false);
      if (from !== 'booted' && from !== 'attesting') expect(mayBecome(from, 'attesting')).toBe(false);
    }
  });

  it('S35 revoked is final', () => {
    expect(AGENT_STATES.filter((state) => mayBecome('revoked', state))).toEqual(['revoked']);
  });
});
