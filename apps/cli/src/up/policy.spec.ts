import { policyDocumentSchema } from '@asterism/contracts';
import { describe, expect, it } from 'vitest';
import { revisePolicy, toApiPolicy, toPoolPolicy, type PoolExpectation } from './policy.ts';

const digest = (digit: string): string => digit.repeat(64);
const root = { name: 'root', spkiSha256: digest('a') };
const expected: PoolExpectation = {
  values: new Map([
    [4, digest('1')],
    [11, digest('2')],
  ]),
  root,
  allow: [digest('e')],
  comment: 'asterism 0.1.0',
};

describe('policies of a local cluster', () => {
  it('are whole: every field says what is expected', () => {
    for (const policy of [
      toPoolPolicy(expected),
      toPoolPolicy({ ...expected, allow: null }),
      toApiPolicy(expected.values, digest('b'), 'c'),
    ]) {
      expect(policyDocumentSchema.parse(policy)).toEqual(policy);
      expect(Object.keys(policy.tpm.pcrs)).toEqual(['4', '11']);
      expect(policy.tpm.eventLog).toBe('required');
    }
  });

  it('lets any machine of the root into a pool without a list, and only listed ones into one with', () => {
    expect(toPoolPolicy({ ...expected, allow: null }).tpm.attestationKey).toMatchObject({
      roots: [root],
      allow: 'any',
    });
    expect(toPoolPolicy(expected).tpm.attestationKey).toMatchObject({ roots: [root], allow: [digest('e')] });
  });

  it('are left alone while they accept what is expected', () => {
    expect(revisePolicy(toPoolPolicy(expected), expected)).toBeNull();
  });

  it('get the values of changed files, and keep what an operator has set', () => {
    const active = toPoolPolicy(expected);
    active.reattestationInterval = 5;
    active.approval = 'required';
    active.tpm.pcrs['0'] = { mode: 'warn', values: 'any' };
    const values = new Map([
      [4, digest('3')],
      [11, digest('2')],
    ]);
    const revised = revisePolicy(active, { ...expected, values, comment: 'new' });
    expect(revised).toEqual({
      ...active,
      tpm: {
        ...active.tpm,
        pcrs: {
          ...active.tpm.pcrs,
          '4': { mode: 'enforce', values: [{ digest: digest('3'), comment: 'new' }] },
        },
      },
    });
    expect(active.tpm.pcrs['4']?.values).toEqual([{ digest: digest('1'), comment: 'asterism 0.1.0' }]);
  });

  it('do not start to compare a PCR that an operator took out', () => {
    const active = toPoolPolicy(expected);
    delete active.tpm.pcrs['4'];
    const values = new Map([[4, digest('3')]]);
    expect(revisePolicy(active, { ...expected, values })).toBeNull();
  });

  it('learn of new machines and of a new root', () => {
    const other = { name: 'other', spkiSha256: digest('b') };
    const revised = revisePolicy(toPoolPolicy(expected), {
      ...expected,
      root: other,
      allow: [digest('e'), digest('f')],
    });
    expect(revised?.tpm.attestationKey).toEqual({
      trust: 'endorsement-key',
      roots: [root, other],
      allow: [digest('e'), digest('f')],
    });
  });
});
