import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalJsonBytes, type Json } from './canonical-json.ts';
import { toHex } from './encoding.ts';

/** RFC 8785 appendix B: IEEE 754 double, hexadecimal, and its text. */
const NUMBERS: readonly (readonly [bits: string, text: string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

function nested(depth: number): Json {
  let value: Json = [];
  for (let level = 1; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

const refused = expect.objectContaining({ code: 'not-canonical' }) as Error;
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json);

describe('canonicalJson', () => {
  it.each(NUMBERS)('RFC 8785 appendix B: %s is %s', (bits, text) => {
    expect(canonicalJson(doubleOf(bits))).toBe(text);
  });

  it('RFC 8785 appendix B: refuses what is no JSON number', () => {
    for (const bits of ['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000']) {
      expect(() => canonicalJson(doubleOf(bits)), bits).toThrow(refused);
    }
  });

  it('RFC 8785 §3.2.2 to §3.2.4: gives the bytes of the sample', () => {
    const sample = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`) as Json;
    expect(toHex(canonicalJsonBytes(sample))).toBe(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a' +
        '5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d3237' +
        '5d2c22737472696e67223a22e282ac245c75303030665c6e412742' +
        '5c225c5c5c5c5c222f227d',
    );
  });

  it('RFC 8785 §3.2.3: sorts members by UTF-16 code units', () => {
    const members = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(members).matchAll(/:"([^"]+)"/g)].map(([, value]) => value);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('says what JSON.parse reads back, and the same for what was read back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        const read = JSON.parse(text) as Json;
        expect(canonicalJson(read)).toBe(text);
        // JSON has one zero.
        expect(read).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 8785, numRuns: 300 },
    );
  });

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), json), (members) => {
        const reversed = Object.fromEntries(Object.entries(members).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(members));
      }),
      { seed: 8785, numRuns: 300 },
    );
  });

  it('refuses lone surrogates, in values and in names', () => {
    for (const text of ['\ud800', 'a\udc00', '\ude00\ud83d']) {
      expect(() => canonicalJson(text)).toThrow(refused);
      expect(() => canonicalJson({ [text]: 1 })).toThrow(refused);
    }
  });

  it('refuses what JSON cannot say', () => {
    const holes: Json[] = [1];
    holes[2] = 1;
    for (const value of [
      undefined,
      1n,
      Symbol('s'),
      () => 1,
      new Date(0),
      new Map(),
      /x/,
      holes,
      [undefined],
    ]) {
      expect(() => canonicalJson(value as never), String(value)).toThrow(refused);
    }
  });

  it('leaves out undefined members, as JSON.stringify does', () => {
    expect(canonicalJson({ a: undefined, b: 1 } as never)).toBe('{"b":1}');
  });

  it('S09 refuses nesting over 32 instead of running out of stack', () => {
    expect(() => canonicalJson(nested(32))).not.toThrow();
    expect(() => canonicalJson(nested(33))).toThrow(refused);
    expect(() => canonicalJson(nested(200_000))).toThrow(refused);
  });
});
