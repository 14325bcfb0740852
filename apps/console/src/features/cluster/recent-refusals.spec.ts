import { describe, expect, it } from 'vitest';
import { recentRefusals } from './recent-refusals.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');

function enrolment(state: 'refused' | 'waiting', minutesAgo: number, claim = 'tpm.pcr.4') {
  const compared = { claim, got: null, wanted: [] };
  return {
    state,
    updatedAt: new Date(NOW - minutesAgo * 60_000).toISOString(),
    poolName: 'workers',
    appraisal: {
      outcome: 'refused' as const,
      status: 'contraindicated' as const,
      variant: 'tpm' as const,
      claims: [],
      findings: [{ code: 'pcr-mismatch', ...compared, message: 'differs' }],
      trustworthiness: {},
    },
  };
}

describe('recentRefusals', () => {
  it('counts the machines of the last hour and names each claim once', () => {
    const enrolments = [
      enrolment('refused', 1),
      enrolment('refused', 59),
      enrolment('refused', 5, 'tpm.pcr.8'),
    ];
    expect(recentRefusals(enrolments, NOW)).toEqual({
      count: 3,
      reasons: 'tpm.pcr.4 in workers, tpm.pcr.8 in workers',
    });
  });

  it('leaves out older refusals and machines that were not refused', () => {
    expect(recentRefusals([enrolment('refused', 60), enrolment('waiting', 1)], NOW)).toEqual({
      count: 0,
      reasons: '',
    });
  });
});
