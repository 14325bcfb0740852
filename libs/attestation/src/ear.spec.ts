import type { AppraisalResult } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { toEarClaims } from './ear.ts';

const result: AppraisalResult = {
  outcome: 'accepted',
  status: 'affirming',
  variant: 'tpm',
  claims: [],
  findings: [],
  trustworthiness: { executables: 3, hardware: 2 },
};
const input = {
  node: 'node-1',
  result,
  policyId: 'pool:workers/policy:3',
  nonce: 'bm9uY2U',
  issuedAt: new Date('2026-11-24T10:00:00.900Z'),
  verifier: { developer: 'https://asterism.dev', build: 'asterism 0.1.0' },
};

describe('toEarClaims', () => {
  it('gives the claims of an EAT Attestation Result', () => {
    expect(toEarClaims(input)).toEqual({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      iat: 1795514400,
      eat_nonce: 'bm9uY2U',
      'ear.verifier-id': { developer: 'https://asterism.dev', build: 'asterism 0.1.0' },
      submods: {
        'node-1': {
          'ear.status': 'affirming',
          'ear.trustworthiness-vector': { executables: 3, hardware: 2 },
          'ear.appraisal-policy-id': 'pool:workers/policy:3',
        },
      },
    });
  });

  it('leaves out an empty vector and a nonce that nobody gave', () => {
    const claims = toEarClaims({ ...input, nonce: null, result: { ...result, trustworthiness: {} } });
    expect(claims).not.toHaveProperty('eat_nonce');
    expect(claims.submods['node-1']).not.toHaveProperty('ear.trustworthiness-vector');
  });
});
