import type { AppraisalResult } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { isDifference, otherClaims, toPcrRows } from './pcr-rows.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const EVENT = 'EV_IPL agent bundle: 5 bytes sha256:aa';
const result: Pick<AppraisalResult, 'claims' | 'findings'> = {
  claims: [
    { claim: 'variant', got: 'tpm', wanted: ['tpm'], verdict: 'match' },
    { claim: 'tpm.pcr.11', got: A, wanted: [A], verdict: 'match', comment: 'shared configuration' },
    { claim: 'tpm.pcr.4', got: A, wanted: [B], verdict: 'mismatch' },
    { claim: 'tpm.pcr.15', got: null, wanted: [B], verdict: 'mismatch' },
    { claim: 'tpm.pcr-selection', got: '4,11,15', wanted: ['4,11,15'], verdict: 'match' },
    { claim: 'tpm.event-log', got: null, wanted: [], verdict: 'any' },
  ],
  findings: [
    {
      code: 'pcr-mismatch',
      claim: 'tpm.pcr.4',
      got: A,
      wanted: [B],
      message: 'none of the accepted ones',
      event: EVENT,
    },
    { code: 'pcr-missing', claim: 'tpm.pcr.15', got: null, wanted: [B], message: 'not quoted' },
  ],
};

describe('toPcrRows', () => {
  const rows = toPcrRows(result);

  it('gives one row a PCR, ascending by number', () => {
    expect(rows.map(({ pcr }) => pcr)).toEqual([4, 11, 15]);
  });

  it('names the event behind a value that differs, and why it differs', () => {
    expect(rows[0]).toMatchObject({ verdict: 'mismatch', event: EVENT, reason: 'none of the accepted ones' });
    expect(rows[1]).toMatchObject({
      verdict: 'match',
      event: null,
      reason: null,
      comment: 'shared configuration',
    });
  });

  it('keeps a PCR that was not quoted', () => {
    expect(rows[2]).toMatchObject({ got: null, verdict: 'mismatch', use: 'lock into the cluster' });
  });
});

describe('otherClaims', () => {
  it('leaves every claim that is no PCR’s, in its order', () => {
    expect(otherClaims(result).map(({ claim }) => claim)).toEqual([
      'variant',
      'tpm.pcr-selection',
      'tpm.event-log',
    ]);
  });
});

describe('isDifference', () => {
  it('marks everything but a match and an accepted anything', () => {
    const verdicts = ['match', 'any', 'mismatch', 'warning', 'undecided'] as const;
    expect(verdicts.filter(isDifference)).toEqual(['mismatch', 'warning', 'undecided']);
  });
});
