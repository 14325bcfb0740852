import { describe, expect, it } from 'vitest';
import { toSignInCode } from './session.ts';

describe('toSignInCode', () => {
  it.each([
    ['asterism_code_abc', 'asterism_code_abc'],
    ['  asterism_code_abc\n', 'asterism_code_abc'],
    ['http://127.0.0.1:7480/sign-in#code=asterism_code_abc', 'asterism_code_abc'],
    ['', ''],
  ])('reads %j', (text, code) => {
    expect(toSignInCode(text)).toBe(code);
  });
});
