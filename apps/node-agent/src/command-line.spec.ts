import { describe, expect, it } from 'vitest';
import { readOptions } from './command-line.ts';

describe('readOptions', () => {
  it('reads each option once', () => {
    const argv = ['--config', '/a.json', '--shared=/b.json'];
    expect(readOptions(argv, ['config', 'shared'])).toEqual({ config: '/a.json', shared: '/b.json' });
  });

  it.each([
    [[], '--config, --shared missing'],
    [['--config', '/a.json'], '--shared missing'],
    [['--config', '/a.json', '--shared', '/b.json', '--force'], "Unknown option '--force'"],
    [['--config', '/a.json', '--shared', '/b.json', 'extra'], 'extra'],
    [['--config', '--shared', '/b.json'], '--config'],
  ])('refuses %j and says how it is used', (argv, fault) => {
    const read = () => readOptions(argv, ['config', 'shared']);
    expect(read).toThrow(expect.objectContaining({ code: 'command-line-invalid' }));
    expect(read).toThrow(fault);
    expect(read).toThrow('usage: --config FILE --shared FILE');
  });
});
