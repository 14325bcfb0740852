import { describe, expect, it } from 'vitest';
import { shareFileName } from './share-file-name.ts';

describe('shareFileName', () => {
  it.each([
    ['platform', { index: 1, name: 'Ada Lovelace' }, 'asterism-recovery-platform-1-ada-lovelace.age'],
    ['local', { index: 2, name: 'José ../../etc' }, 'asterism-recovery-local-2-jose-etc.age'],
    ['local', { index: 3, name: '李' }, 'asterism-recovery-local-3.age'],
  ])('of %s is a plain name', (scope, share, name) => {
    expect(shareFileName(scope, share)).toBe(name);
  });
});
