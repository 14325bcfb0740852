import type { AppraisalOutcome, AppraisalResult } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { toVerdict } from './verdict.ts';

const appraised = (outcome: AppraisalOutcome): AppraisalResult => ({
  outcome,
  status: 'none',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: {},
});
const holds = { valid: true, reason: null };

function verdict(
  here: AppraisalOutcome,
  server: AppraisalOutcome,
  signedResult: { valid: boolean; reason: string | null } = holds,
) {
  const local = { result: appraised(here), server: appraised(server), agreesWithServer: here === server };
  return toVerdict({ local, signedResult });
}

describe('toVerdict', () => {
  it('says loudly that the server accepted what this browser refuses', () => {
    expect(verdict('refused', 'accepted')).toMatchObject({
      tone: 'bad',
      differs: true,
      headline: 'This browser refuses; the server said accepted',
    });
  });

  it.each([
    ['refused', 'accepted'],
    ['undecided', 'accepted'],
    ['accepted', 'refused'],
    ['accepted', 'undecided'],
    ['refused', 'undecided'],
    ['undecided', 'refused'],
  ] as const)('names both verdicts where this browser says %s and the server %s', (here, server) => {
    const { differs, headline, tone } = verdict(here, server);
    expect(differs).toBe(true);
    expect(headline).toContain(`the server said ${server}`);
    expect(tone).not.toBe('ok');
  });

  it.each(['accepted', 'refused', 'undecided'] as const)(
    'shows no difference where both say %s',
    (outcome) => {
      expect(verdict(outcome, outcome).differs).toBe(false);
    },
  );

  it('is good only where both accept and the signed result holds', () => {
    expect(verdict('accepted', 'accepted').tone).toBe('ok');
    const unsigned = verdict('accepted', 'accepted', { valid: false, reason: 'it is for another nonce' });
    expect(unsigned).toMatchObject({ tone: 'bad', explanation: 'it is for another nonce' });
    expect(verdict('refused', 'refused').tone).toBe('bad');
    expect(verdict('undecided', 'undecided').tone).toBe('warn');
  });
});
