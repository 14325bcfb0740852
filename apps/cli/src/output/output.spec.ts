import { describe, expect, it } from 'vitest';
import { ApiError, ProblemError, StartError } from '../errors.ts';
import { exitCodeOf } from '../exit.ts';
import { toTable } from './table.ts';
import { toPrintable } from './terminal.ts';

describe('what is printed', () => {
  it('lines columns up and shows what is empty', () => {
    const rows = [
      { name: 'node-1', state: 'member' },
      { name: 'longer-name', state: null },
    ];
    const columns = [
      { title: 'name', value: (row: (typeof rows)[number]) => row.name },
      { title: 'state', value: (row: (typeof rows)[number]) => row.state },
    ];
    expect(toTable(columns, rows)).toBe('NAME         STATE\nnode-1       member\nlonger-name  -');
  });

  it('never passes control characters of others to the terminal', () => {
    expect(toPrintable('a\u001b[2Jb\u202ec\n')).toBe('a\\u001b[2Jb\\u202ec\\u000a');
  });
});

describe('exit codes', () => {
  const problem = (status: number): ProblemError =>
    new ProblemError({ status, code: 'x', detail: 'x', traceId: 't' });

  it('is 1 for a refusal only', () => {
    expect([401, 403, 409, 412, 422].map((status) => exitCodeOf(problem(status)))).toEqual([1, 1, 1, 1, 1]);
    expect([400, 404, 413, 500, 503].map((status) => exitCodeOf(problem(status)))).toEqual([2, 2, 2, 2, 2]);
    expect(exitCodeOf(new ApiError('api-unreachable', 'x'))).toBe(2);
    expect(exitCodeOf(new StartError('port-busy', 'x'))).toBe(2);
    expect(exitCodeOf(new Error('x'))).toBe(2);
  });
});
