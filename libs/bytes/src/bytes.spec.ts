import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, copyBytes, equalBytes, isZero } from './arrays.ts';
import { BytesError, CodedError } from './coded-error.ts';
import { digest, frame, hmac, sha256 } from './digest.ts';
import { toHex, utf8 } from './encoding.ts';

describe('equalBytes', () => {
  it('is true for the same bytes only', () => {
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(0, 1, 2).subarray(1))).toBe(true);
    for (const other of [[], [1], [1, 3], [2, 2], [1, 2, 0]]) {
      expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.from(other)), String(other)).toBe(false);
    }
  });

  it('sees every single flipped bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, at) => {
        const flipped = Uint8Array.from(bytes);
        const bit = at % (bytes.length * 8);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(equalBytes(bytes, flipped)).toBe(false);
      }),
      { seed: 2 },
    );
  });
});

describe('arrays', () => {
  it('are joined and copied into memory of their own', () => {
    const part = Uint8Array.of(1, 2);
    const [joined, copy] = [concat(part, new Uint8Array(), part), copyBytes(part)];
    part.fill(9);
    expect(joined).toEqual(Uint8Array.of(1, 2, 1, 2));
    expect(copy).toEqual(Uint8Array.of(1, 2));
    expect(copyBytes(joined.subarray(1, 3)).buffer.byteLength).toBe(2);
  });

  it('are zero when no bit is set', () => {
    expect([isZero(new Uint8Array()), isZero(new Uint8Array(32)), isZero(Uint8Array.of(0, 0, 1))]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('frame', () => {
  it('is each item behind its length, four bytes, big-endian; texts are UTF-8', () => {
    expect(toHex(frame('aé', Uint8Array.of(7), ''))).toBe(
      '00000003' + '61c3a9' + '00000001' + '07' + '00000000',
    );
    expect(frame()).toEqual(new Uint8Array());
  });

  it('is injective: other items or other borders give other bytes', () => {
    const items = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 });
    fc.assert(
      fc.property(items, items, (a, b) => {
        const same =
          a.length === b.length && a.every((item, i) => equalBytes(item, b[i] ?? new Uint8Array()));
        expect(equalBytes(frame(...a), frame(...b))).toBe(same);
      }),
      { seed: 3, numRuns: 500 },
    );
    expect(toHex(frame('ab', 'c'))).not.toBe(toHex(frame('a', 'bc')));
  });
});

describe('digest', () => {
  it('gives the digests of FIPS 180-4 for "abc"', async () => {
    expect(toHex(await sha256(utf8('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(toHex(await digest('SHA-384', utf8('abc')))).toBe(
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed' + '8086072ba1e7cc2358baeca134c825a7',
    );
    expect((await digest('SHA-512', utf8('abc'))).length).toBe(64);
  });

  it('hashes in place what WebCrypto hashes, on both sides of the length where they take turns', async () => {
    for (const algorithm of ['SHA-256', 'SHA-384', 'SHA-512'] as const) {
      for (const length of [0, 1, 55, 56, 63, 64, 111, 112, 127, 128, 2047, 2048, 2049, 5000]) {
        const bytes = Uint8Array.from({ length }, (_, i) => (7 * i + length) & 0xff);
        const expected = new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
        expect(await digest(algorithm, bytes), `${algorithm} of ${length}`).toEqual(expected);
      }
    }
  });
});

describe('HMAC', () => {
  it('is that of RFC 4231 §4.3', async () => {
    const message = utf8('what do ya want for nothing?');
    expect(toHex(await hmac('SHA-256', utf8('Jefe'), message))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('is that of WebCrypto for keys shorter and longer than a block', async () => {
    for (const algorithm of ['SHA-256', 'SHA-384', 'SHA-512'] as const) {
      for (const length of [1, 32, 63, 64, 65, 127, 128, 129, 200]) {
        const key = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
        const message = key.subarray(0, length / 2);
        const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: algorithm }, false, [
          'sign',
        ]);
        const expected = new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
        expect(await hmac(algorithm, key, message), `${algorithm} ${length}`).toEqual(expected);
      }
    }
  });
});

describe('CodedError', () => {
  it('carries code, got, wanted, cause and the name of its class', () => {
    const cause = new Error('below');
    const error = new BytesError('out-of-range', 'too much', { got: 3, want: 2, cause });
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'BytesError',
      code: 'out-of-range',
      outcome: 'input',
      message: 'too much',
      got: 3,
      want: 2,
      cause,
    });
    expect('cause' in new BytesError('not-zero', 'no')).toBe(false);
  });
});
