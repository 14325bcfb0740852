import { describe, expect, it } from 'vitest';
import { DEPTH_LIMIT, parseJsonBody } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJsonBody', () => {
  it('reads JSON', () => {
    expect(parseJsonBody(bytes('{"a":[1,"é",null]}'))).toEqual({ a: [1, 'é', null] });
  });

  it.each([
    ['no JSON', bytes('{')],
    ['two documents', bytes('{}{}')],
    ['UTF-8 that is cut', Uint8Array.of(0x22, 0xc3, 0x22)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)],
    ['a NUL', bytes('{"a":"\\u0000"}')],
    ['half a surrogate pair', bytes('["\\ud800"]')],
    ['half a surrogate pair as a name', bytes('{"\\udc00":1}')],
    ['a name that would change a prototype', bytes('{"a":{"__proto__":{"admin":true}}}')],
  ])('refuses %s', (_, body) => {
    expect(() => parseJsonBody(body)).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });

  it('refuses what is nested deeper than the limit, and nothing shallower', () => {
    expect(() => parseJsonBody(bytes(nested(DEPTH_LIMIT)))).not.toThrow();
    expect(() => parseJsonBody(bytes(nested(DEPTH_LIMIT + 1)))).toThrow(
      expect.objectContaining({ code: 'body-too-deep' }),
    );
  });

  it('S09 refuses half a million levels in bounded time', () => {
    expect(() => parseJsonBody(bytes(nested(500_000)))).toThrow(
      expect.objectContaining({ code: 'body-too-deep' }),
    );
  });
});
