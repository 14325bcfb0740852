import { describe, expect, it } from 'vitest';
import { readDetection, readOptions } from './command-line.ts';

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

describe('readDetection', () => {
  it.each([
    [['--config', '/a.json', '--shared', '/b.json'], null],
    [['--detect'], { config: null }],
    [['--config=/a.json', '--detect'], { config: '/a.json' }],
  ])('reads %j as %j', (argv, detection) => {
    expect(readDetection(argv)).toEqual(detection);
  });

  it.each([[['--detect', '--shared', '/b.json']], [['--detect', 'now']], [['--detect', '--config']]])(
    'refuses %j and says how it is used',
    (argv) => {
      expect(() => readDetection(argv)).toThrow('usage: --detect [--config FILE]');
    },
  );
});
