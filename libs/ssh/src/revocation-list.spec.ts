import { Writer } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  isRevoked,
  parseRevocationList,
  toSshPublicKey,
  writeRevocationList,
  type RevocationListFields,
} from './index.ts';
import { AUTHORITY, KEYS, OTHER_AUTHORITY, wire } from './testing/samples.ts';

const authority = toSshPublicKey(AUTHORITY);
const other = toSshPublicKey(OTHER_AUTHORITY);
const LAST = 0xffff_ffff_ffff_ffffn;

const FIELDS: RevocationListFields = {
  ...{ version: 9n, generatedAt: new Date('2026-11-25T08:00:00.700Z'), comment: 'revision 9' },
  ...{ certificates: [], fingerprints: [] },
};
const write = (changes: Partial<RevocationListFields>) => writeRevocationList({ ...FIELDS, ...changes });
const ofSerials = (serials: Iterable<bigint>) => write({ certificates: [{ authority, serials }] });

/** Serials of the first authority of a list, one by one. */
function serialsOf(bytes: Uint8Array): bigint[] {
  const [certificates] = parseRevocationList(bytes).certificates;
  return (certificates?.serials ?? []).flatMap(([first, last]) =>
    Array.from({ length: Number(last - first) + 1 }, (_, at) => first + BigInt(at)),
  );
}

/** Crowded, spread, and in runs, so that every encoding is chosen and left again. */
const serial = fc.oneof(
  fc.bigInt({ min: 1n, max: 40n }),
  fc.bigInt({ min: 1_000n, max: 40_000n }),
  fc.bigInt({ min: LAST - 300n, max: LAST }),
  fc.bigInt({ min: 1n, max: LAST }),
);
const run = fc
  .tuple(serial, fc.integer({ min: 1, max: 400 }))
  .map(([from, length]) =>
    Array.from({ length }, (_, at) => from + BigInt(at)).filter((each) => each <= LAST),
  );
const serials = fc
  .array(
    fc.oneof(
      serial.map((each) => [each]),
      run,
    ),
    { maxLength: 60 },
  )
  .map((parts) => [...new Set(parts.flat())]);

describe('key revocation lists', () => {
  it('are read as they were written, whatever the serials', () => {
    fc.assert(
      fc.property(serials, fc.array(fc.stringMatching(/^[\x21-\x7e]{1,80}$/)), (given, keyIds) => {
        const bytes = write({
          certificates: [
            { authority, serials: given, keyIds },
            { authority: other, serials: [5n] },
          ],
        });
        const [first, second] = parseRevocationList(bytes).certificates.toReversed();
        expect(first).toMatchObject({ authority: fingerprintOf(other), serials: [[5n, 5n]] });
        // Of an authority of which nothing is revoked there is nothing.
        expect(second === undefined).toBe(given.length + keyIds.length === 0);
        if (second === undefined) return;
        expect(serialsOf(bytes)).toEqual(given.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(second.keyIds).toEqual(new Set(keyIds));
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it('take no more than any one encoding would', () => {
    const empty = ofSerials([]).length;
    const frame = 5 + 4 + authority.blob.length + 4;
    fc.assert(
      fc.property(
        serials.filter((each) => each.length > 0),
        (given) => {
          const sorted = given.toSorted((a, b) => (a < b ? -1 : 1));
          const [first = 0n, last = 0n] = [sorted[0], sorted.at(-1)];
          const runs = sorted.filter((each, at) => each - 1n !== sorted[at - 1]).length;
          const size = ofSerials(given).length - empty - frame;
          const bitmap = last - first < 16_384n ? 19 + Math.ceil((Number(last - first) + 1) / 8) : Infinity;
          expect(size).toBeLessThanOrEqual(Math.min(5 + 8 * given.length, 21 * runs, bitmap));
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });

  it('have header, comment and fingerprints, in one order whatever was given', () => {
    const fingerprints = KEYS.map(fingerprintOf);
    const bytes = write({ fingerprints });
    expect(write({ fingerprints: [...fingerprints, ...fingerprints].reverse() })).toEqual(bytes);
    expect(parseRevocationList(bytes)).toEqual({
      ...{ version: 9n, generatedAt: 1_795_593_600n, comment: 'revision 9' },
      ...{ certificates: [], fingerprints: new Set(fingerprints) },
    });
    expect(ofSerials([3n, 1n, 2n, 1n])).toEqual(ofSerials([1n, 2n, 3n]));
  });

  it.each([
    ['one after the other', (at: number) => BigInt(at + 1)],
    ['two of three', (at: number) => BigInt(Math.floor((at * 3) / 2) + 1)],
    ['spread over a year', (at: number) => BigInt(at * 97 + 1)],
    ['spread over 64 bits', (at: number) => (BigInt(at) * 0x9e37_79b9_7f4a_7c15n) % LAST],
  ])('hold 100,000 serials, %s, in under 1 MB', (_, nth) => {
    const given = Array.from({ length: 100_000 }, (__, at) => nth(at + 1));
    const bytes = ofSerials(given);
    expect(bytes.length).toBeLessThan(1_000_000);
    const list = parseRevocationList(bytes);
    const certificate = { fingerprint: 'SHA256:x', authority: fingerprintOf(authority), keyId: 'x' };
    expect(given.every((each) => isRevoked(list, { ...certificate, serial: each }))).toBe(true);
  });

  it('are not written of what sshd would not take', () => {
    const invalid = expect.objectContaining({ code: 'ssh-revocation-list-invalid', outcome: 'input' });
    const twice = [
      { authority, serials: [1n] },
      { authority, serials: [2n] },
    ];
    for (const change of [
      ...[0n, -1n, LAST + 1n].map((each) => ({ certificates: [{ authority, serials: [each] }] })),
      ...['', 'a\0b', 'ä\n', 'x'.repeat(1_025)].map((id) => ({
        certificates: [{ authority, serials: [], keyIds: [id] }],
      })),
      { certificates: twice },
      ...['', 'SHA256:', 'MD5:aa', `SHA256:${'A'.repeat(42)}B`, `SHA256:${'A'.repeat(44)}`].map((each) => ({
        fingerprints: [each],
      })),
      ...['a\nb', 'ä'].map((comment) => ({ comment })),
      ...[-1n, LAST + 1n].map((version) => ({ version })),
      ...[new Date(NaN), new Date(-1_000)].map((generatedAt) => ({ generatedAt })),
    ]) {
      expect(() => write(change)).toThrow(invalid);
    }
  });

  it('are refused of another version of the format, with flags, and too long', () => {
    const malformed = expect.objectContaining({ code: 'ssh-revocation-list-malformed' });
    for (const [at, byte] of [
      [11, 2],
      [35, 1],
    ] as const) {
      const bytes = write({});
      bytes[at] = byte;
      expect(() => parseRevocationList(bytes)).toThrow(malformed);
    }
    const one = Uint8Array.of(0, 0, 0, 32, ...new Uint8Array(32));
    const hashes = Buffer.concat(Array.from({ length: 20_000 }, () => one));
    const sections = (count: number) => {
      const writer = new Writer('big').bytes(write({}));
      for (let at = 0; at < count; at++) writer.u8(5).sized32(hashes);
      return writer.finish();
    };
    expect(parseRevocationList(sections(2)).fingerprints.size).toBe(1);
    expect(() => parseRevocationList(sections(3))).toThrow(malformed);
  });

  it.each([
    ['SHA-1 hashes', 3],
    ['a signature', 4],
    ['an extension', 255],
    ['what is not known', 6],
  ])('are refused with %s, which would be passed over', (_, type) => {
    const bytes = new Writer('big')
      .bytes(write({}))
      .u8(type)
      .sized32(wire(new Uint8Array(20)))
      .finish();
    expect(() => parseRevocationList(bytes)).toThrow(
      expect.objectContaining({ code: 'ssh-revocation-list-malformed', outcome: 'input' }),
    );
  });
});

describe('isRevoked', () => {
  const list = parseRevocationList(
    write({
      certificates: [
        { authority, serials: [7n, 20n, 21n, 22n], keyIds: ['of-alice'] },
        { authority: other, serials: [8n] },
      ],
      fingerprints: ['SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE'],
    }),
  );
  const certificate = {
    ...{ fingerprint: fingerprintOf(KEYS[0] ?? authority), authority: fingerprintOf(authority) },
    ...{ serial: 1n, keyId: 'of-bob' },
  };
  it.each([
    [false, {}],
    [true, { serial: 7n }],
    [true, { serial: 21n }],
    [false, { serial: 19n }],
    [false, { serial: 23n }],
    [false, { serial: 8n }],
    [false, { serial: 0n }],
    [true, { keyId: 'of-alice' }],
    [false, { keyId: 'of-alic' }],
    [true, { serial: 8n, authority: fingerprintOf(other) }],
    [false, { serial: 7n, authority: fingerprintOf(other) }],
    [false, { keyId: 'of-alice', authority: fingerprintOf(other) }],
    [true, { fingerprint: 'SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE' }],
    [true, { authority: 'SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE' }],
  ])('says %s , case %#', (verdict, change) => {
    expect(isRevoked(list, { ...certificate, ...change })).toBe(verdict);
  });
});
