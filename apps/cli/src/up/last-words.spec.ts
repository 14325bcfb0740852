import { describe, expect, it } from 'vitest';
import { toWords } from './last-words.ts';

describe('last words of a process', () => {
  it('are the code with the error, the reason or the message', () => {
    expect(toWords('{"code":"seal-wrong","msg":"sealed under another TPM"}')).toBe(
      'seal-wrong: sealed under another TPM',
    );
    expect(toWords('{"code":"start-failed","err":{"message":"swtpm ended"},"msg":"stopped"}')).toBe(
      'start-failed: swtpm ended',
    );
    expect(toWords('{"code":"internal"}')).toBe('internal');
  });

  it('are not in a line without a code, or one that is no JSON object', () => {
    for (const line of ['{"code":0,"signal":null}', '{"msg":"stopped"}', 'null', '7', 'at file:///x', '']) {
      expect(toWords(line), line).toBeNull();
    }
  });
});
