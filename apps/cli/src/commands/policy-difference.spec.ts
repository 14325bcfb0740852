import { describe, expect, it } from 'vitest';
import { differencesOf } from './policy-difference.ts';

describe('difference of two policies', () => {
  it('is empty for the same document, however its members are ordered', () => {
    expect(differencesOf({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toEqual([]);
  });

  it('names changed, added and removed fields by path', () => {
    const before = { approval: 'automatic', pcrs: { 4: { digest: 'aa' }, 11: { digest: 'bb' } } };
    const after = { approval: 'required', pcrs: { 4: { digest: 'aa' }, 5: { digest: 'cc' } } };
    expect(differencesOf(before, after)).toEqual([
      { path: 'approval', before: '"automatic"', after: '"required"' },
      { path: 'pcrs.5.digest', before: null, after: '"cc"' },
      { path: 'pcrs.11.digest', before: '"bb"', after: null },
    ]);
  });

  it('sees a list that becomes `any`, and an empty one', () => {
    expect(differencesOf({ allow: ['x'] }, { allow: 'any' })).toEqual([
      { path: 'allow', before: null, after: '"any"' },
      { path: 'allow.0', before: '"x"', after: null },
    ]);
    expect(differencesOf({ roots: [] }, { roots: {} })).toEqual([
      { path: 'roots', before: '[]', after: '{}' },
    ]);
  });
});
