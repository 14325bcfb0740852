import { CodedError } from '@asterism/bytes';
import { mintedPolicy, mintGuest } from '@asterism/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '@asterism/contracts';
import { EvidenceNotGenuineError, EvidenceRefusedError, EvidenceUndecidedError } from './errors.ts';
import { refusedResult } from './refused-result.ts';

let policy: PolicyDocument;
beforeAll(async () => {
  policy = mintedPolicy(await mintGuest('tdx'));
});

describe('a result before any appraisal', () => {
  it('is a refusal, of a machine that is not recognised, where nothing was proved', () => {
    const error = new EvidenceNotGenuineError('binding-mismatch', 'made for another', {
      got: 1,
      want: [2, 3],
    });
    const compared = { claim: 'evidence', got: '1', wanted: ['2', '3'] };
    expect(refusedResult(error, policy)).toEqual({
      outcome: 'refused',
      status: 'contraindicated',
      variant: 'tdx',
      claims: [{ ...compared, verdict: 'mismatch' }],
      findings: [{ code: 'binding-mismatch', ...compared, message: 'made for another' }],
      trustworthiness: { 'instance-identity': 97 },
    });
  });

  it.each([
    ['debug', 'tdx.td-attributes'],
    ['reserved-attributes', 'tdx.td-attributes'],
    ['reserved-xfam', 'tdx.xfam'],
    ['tcb-status', 'tdx.tcb-status'],
    ['certificate-revoked', 'evidence'],
  ] as const)('speaks against the hardware of a genuine machine: %s', (code, claim) => {
    const got = { tcbStatus: 'Revoked', advisoryIds: [] };
    const result = refusedResult(new EvidenceRefusedError(code, 'never accepted', { got }), policy);
    expect(result).toMatchObject({ outcome: 'refused', trustworthiness: { hardware: 96 } });
    expect(result.claims).toEqual([
      { claim, got: '{"tcbStatus":"Revoked","advisoryIds":[]}', wanted: [], verdict: 'mismatch' },
    ]);
  });

  it('names no claim of a policy where the code only looks like one of a refusal', () => {
    class Other extends CodedError<'debug'> {
      readonly outcome = 'input';
    }
    const result = refusedResult(new Other('debug', 'not read', { want: [null, 'text'] }), policy);
    expect(result.claims).toEqual([{ claim: 'evidence', got: null, wanted: ['text'], verdict: 'mismatch' }]);
  });

  it('S15 is no decision, and says nothing of the machine, where something is missing', () => {
    const error = new EvidenceUndecidedError('collateral-missing', 'no list', { want: 'AMD’s list' });
    const compared = { claim: 'evidence', got: null, wanted: ['AMD’s list'] };
    expect(refusedResult(error, policy)).toEqual({
      outcome: 'undecided',
      status: 'none',
      variant: 'tdx',
      claims: [{ ...compared, verdict: 'undecided' }],
      findings: [{ code: 'collateral-missing', ...compared, message: 'no list' }],
      trustworthiness: {},
    });
  });
});
