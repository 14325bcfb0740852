import { AttestedTlsError, PeerIdentityError, ProblemError } from '@asterism/attested-tls';
import { TpmCommandError } from '@asterism/tpm';
import { ERROR_CODES, type ErrorCode, type Finding } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { NodeError } from '../errors.ts';
import { judge } from './judge.ts';

const finding: Finding = {
  code: 'pcr-mismatch',
  claim: 'tpm.pcr.4',
  got: 'a',
  wanted: ['b'],
  message: 'differs',
};

function problem(code: ErrorCode, more: { retryAfter?: number; findings?: Finding[] } = {}): ProblemError {
  const { retryAfter = null, findings = [] } = more;
  return new ProblemError({ status: ERROR_CODES[code], code, detail: 'why' }, { retryAfter, findings });
}

describe('judge', () => {
  it.each([
    ['evidence-refused', 'refused', 'quarantined'],
    ['evidence-not-genuine', 'refused', 'quarantined'],
    ['evidence-undecided', 'retry', 'retry'],
    ['pool-unknown', 'refused', 'retry'],
    ['policy-none-active', 'refused', 'retry'],
    ['enrolment-denied', 'refused', 'retry'],
    ['state-disk-not-owned', 'refused', 'retry'],
    ['identity-duplicate', 'refused', 'retry'],
    ['nonce-invalid', 'retry', 'retry'],
    ['rate-limited', 'retry', 'retry'],
    ['overloaded', 'retry', 'retry'],
    ['sealed', 'retry', 'retry'],
    ['internal', 'retry', 'retry'],
    ['node-quarantined', 'quarantined', 'quarantined'],
    ['node-revoked', 'revoked', 'revoked'],
  ] as const)('reads %s as %s, of a node that is locked in as %s', (code, machine, node) => {
    expect(judge(problem(code), false)).toMatchObject({ kind: machine, reason: `${code}: why` });
    expect(judge(problem(code), true)).toMatchObject({ kind: node, reason: `${code}: why` });
  });

  it('keeps what the API said: findings, and how long to wait', () => {
    const verdict = judge(problem('evidence-refused', { findings: [finding], retryAfter: 9 }), false);
    expect(verdict).toMatchObject({ findings: [finding], retryAfter: 9 });
  });

  it.each(['attestation-expired', 'attestation-required'] as const)('has nothing to say of %s', (code) => {
    expect(judge(problem(code), true)).toEqual({
      kind: 'retry',
      reason: null,
      findings: [],
      retryAfter: null,
    });
  });

  it('says that a boot which gets no more secrets needs a reboot', () => {
    expect(judge(problem('node-locked'), false)).toMatchObject({
      kind: 'refused',
      reason: 'needs reboot: node-locked: why',
    });
  });

  it('S07 reads somebody else’s API as no verdict on this machine', () => {
    const error = new PeerIdentityError('pinned-key-mismatch', 'another key');
    expect(judge(error, false)).toMatchObject({ kind: 'retry', reason: 'pinned-key-mismatch: another key' });
    expect(judge(new AttestedTlsError('connect-failed', 'ECONNREFUSED'), true)).toMatchObject({
      kind: 'retry',
    });
  });

  it('reads a bad ticket as a refusal before the lock', () => {
    expect(judge(new NodeError('ticket-invalid', 'x'), false)?.kind).toBe('refused');
    expect(judge(new NodeError('node-revoked', 'x'), true)?.kind).toBe('revoked');
  });

  it('leaves faults of the machine and defects to the process', () => {
    expect(judge(new TpmCommandError('command-failed', 'x'), true)).toBeNull();
    expect(judge(new TypeError('x'), true)).toBeNull();
  });
});
