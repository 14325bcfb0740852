import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

describe('S29 the logger', () => {
  it.each(['authorization', 'cookie', 'secret', 'token', 'password', 'key', 'ticket'])(
    'never writes what stands in a field %s',
    (field) => {
      const lines: string[] = [];
      const logger = createLogger('info', { write: (line) => void lines.push(line) });
      logger.info({ [field]: 'hunter2', headers: { [field]: 'hunter2' } }, 'request');
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toContain('hunter2');
      expect(lines[0]).toContain('"msg":"request"');
    },
  );

  it('writes one line of JSON, with the words of its level and the time', () => {
    const lines: string[] = [];
    createLogger('info', { write: (line) => void lines.push(line) }).warn({ code: 'odd' }, 'two\nlines');
    expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'warn', code: 'odd', msg: 'two\nlines' });
    expect(lines.join('').trimEnd()).not.toContain('\n');
  });
});
