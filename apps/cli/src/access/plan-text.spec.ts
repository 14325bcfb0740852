import { describe, expect, it } from 'vitest';
import { toPlanText } from './plan-text.ts';

const plain = (_: string, text: string): string => text;

describe('a plan', () => {
  it('reads as what is added, changed and removed, and what that ends', () => {
    const text = toPlanText(
      {
        revision: 3,
        changes: [
          {
            ...{ kind: 'change', subject: 'policy', name: 'offlineSeconds' },
            fields: [{ field: 'offlineSeconds', before: 60, after: 3_600 }],
          },
          {
            kind: 'add',
            subject: 'user',
            name: 'alice',
            fields: [{ field: 'pools', before: null, after: 'all' }],
          },
          {
            kind: 'remove',
            subject: 'user',
            name: 'bob',
            fields: [{ field: 'pools', before: ['a'], after: null }],
          },
        ],
        endedGrants: 1,
      },
      plain,
    );
    expect(text.split('\n')).toEqual([
      ...['~ policy offlineSeconds', '    offlineSeconds: 60 -> 3600'],
      ...['+ user alice', '    pools: all', '- user bob', '    pools: ["a"]'],
      '! 1 grant ends, with what it let in',
    ]);
  });

  it('sends no control character of a comment to the terminal', () => {
    const fields = [{ field: 'comment', before: '', after: '\u001b[2J' }];
    const changes = [{ kind: 'change' as const, subject: 'user' as const, name: 'alice', fields }];
    expect(toPlanText({ revision: 1, changes, endedGrants: 0 }, plain)).toContain(
      'comment: "" -> \\u001b[2J',
    );
  });

  it('that changes nothing says so', () => {
    expect(toPlanText({ revision: 1, changes: [], endedGrants: 0 }, plain)).toBe('nothing changes');
  });
});
