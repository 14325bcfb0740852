import { concat, copyBytes, fromHex, type Bytes } from '@asterism/bytes';
import {
  commonName,
  MINT_AT,
  mintChain,
  mintCrl,
  mintKey,
  type MintedIssuer,
  type MintKey,
} from '@asterism/testkit';
import { stopwatch } from '@asterism/testkit/malformed';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TAG } from '../der/tag.ts';
import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derTime,
  derUnsignedInteger,
} from '../der/writer.ts';
import { X509Error, type X509ErrorCode } from '../errors.ts';
import { parseCrl } from './crl.ts';
import { verifyCrl } from './verify-crl.ts';

const refusal = (code: X509ErrorCode) => expect.objectContaining({ code }) as Error;
const FROM = new Date('2026-05-20T00:00:00Z');
const UNTIL = new Date('2026-06-20T00:00:00Z');

let key: MintKey;
let issuer: MintedIssuer;
beforeAll(async () => {
  key = await mintKey();
  const [first] = (await mintChain()).issuers;
  if (first === undefined) throw new Error('the mint made no issuer');
  issuer = first;
});

interface Fields {
  readonly version: Bytes;
  readonly algorithm: Bytes;
  readonly outerAlgorithm: Bytes;
  readonly thisUpdate: Bytes;
  readonly nextUpdate: Bytes;
  readonly entries: Bytes;
  readonly extensions: Bytes;
  readonly signature: Bytes;
}

const EMPTY = new Uint8Array();
const entry = (...fields: readonly Uint8Array[]) => derSequence(...fields);
const reason = derSequence(derOid('2.5.29.21'), derOctetString(fromHex('0a0101')));

function list(change: Partial<Fields> = {}): Bytes {
  const fields: Fields = {
    version: derUnsignedInteger(1),
    algorithm: key.algorithm,
    outerAlgorithm: key.algorithm,
    thisUpdate: derTime(FROM),
    nextUpdate: derTime(UNTIL),
    entries: EMPTY,
    extensions: EMPTY,
    signature: derBitString(EMPTY),
    ...change,
  };
  const { version, algorithm, thisUpdate, nextUpdate, entries, extensions } = fields;
  return derSequence(
    derSequence(version, algorithm, commonName('issuer'), thisUpdate, nextUpdate, entries, extensions),
    fields.outerAlgorithm,
    fields.signature,
  );
}

describe('parseCrl', () => {
  it('gives every field as it stands', () => {
    const crl = parseCrl(
      list({
        entries: derSequence(
          entry(derUnsignedInteger(0x20001), derTime(FROM), derSequence(reason)),
          entry(derUnsignedInteger(7), derTime(UNTIL)),
        ),
        extensions: derExplicit(
          0,
          derSequence(derSequence(derOid('2.5.29.20'), derOctetString(derUnsignedInteger(3)))),
        ),
      }),
    );
    expect(crl).toMatchObject({ issuer: { text: 'CN=issuer' }, thisUpdate: FROM, nextUpdate: UNTIL });
    expect([...crl.revoked]).toEqual([
      ['020001', FROM],
      ['07', UNTIL],
    ]);
    expect(crl.extensions.map(({ oid }) => oid)).toEqual(['2.5.29.20']);
    expect([...crl.criticalEntryExtensions]).toEqual([]);
    expect(parseCrl(crl.der)).toEqual(crl);
  });

  it('notes critical extensions of entries', () => {
    const critical = derSequence(derOid('2.5.29.29'), derBoolean(true), derOctetString(EMPTY));
    const entries = derSequence(entry(derUnsignedInteger(1), derTime(FROM), derSequence(critical)));
    expect([...parseCrl(list({ entries })).criticalEntryExtensions]).toEqual(['2.5.29.29']);
  });

  const malformed: readonly (readonly [string, () => Partial<Fields>])[] = [
    ['a list without a version', () => ({ version: EMPTY })],
    ['version 1', () => ({ version: derUnsignedInteger(0) })],
    ['version 3', () => ({ version: derUnsignedInteger(2) })],
    [
      'another algorithm outside than inside',
      () => ({ outerAlgorithm: derSequence(derOid('1.2.840.10045.4.3.3')) }),
    ],
    ['a list that never expires', () => ({ nextUpdate: EMPTY })],
    ['a list without a time', () => ({ thisUpdate: EMPTY, nextUpdate: EMPTY })],
    ['an entry without a time', () => ({ entries: derSequence(entry(derUnsignedInteger(1))) })],
    ['an entry without a serial', () => ({ entries: derSequence(entry(derTime(FROM))) })],
    [
      'an entry with a negative serial',
      () => ({ entries: derSequence(entry(fromHex('0201ff'), derTime(FROM))) }),
    ],
    [
      'an entry with an empty list of extensions',
      () => ({ entries: derSequence(entry(derUnsignedInteger(1), derTime(FROM), derSequence())) }),
    ],
    [
      'an entry with an extension twice',
      () => ({
        entries: derSequence(entry(derUnsignedInteger(1), derTime(FROM), derSequence(reason, reason))),
      }),
    ],
    [
      'an entry with more behind',
      () => ({
        entries: derSequence(entry(derUnsignedInteger(1), derTime(FROM), derSequence(reason), derNull())),
      }),
    ],
    ['an entry that is no sequence', () => ({ entries: derSequence(derUnsignedInteger(1)) })],
    ['extensions under another tag', () => ({ extensions: derExplicit(1, derSequence(reason)) })],
    [
      'something behind the extensions',
      () => ({ extensions: concat(derExplicit(0, derSequence(reason)), derNull()) }),
    ],
    [
      'a time of another type',
      () => ({ thisUpdate: derElement(TAG.utf8String, new TextEncoder().encode('260520000000Z')) }),
    ],
    ['a signature of odd bits', () => ({ signature: fromHex('0302017e') })],
    ['something behind the signature', () => ({ signature: concat(derBitString(EMPTY), derNull()) })],
  ];
  for (const [title, change] of malformed) {
    it(`refuses ${title}`, () => {
      expect(() => parseCrl(list())).not.toThrow();
      expect(() => parseCrl(list(change()))).toThrow(X509Error);
    });
  }

  it('refuses more than 8 MiB before it reads any of it', () => {
    expect(() => parseCrl(new Uint8Array(8 * 1024 * 1024 + 1))).toThrow(refusal('too-large'));
  });

  it('S09 gives coded refusals for every cut and for seeded damage, in bounded time', async () => {
    const { der } = await mintCrl(issuer, { revoked: [1, 2, 3] });
    for (let length = 0; length < der.length; length++) {
      expect(() => parseCrl(der.subarray(0, length)), String(length)).toThrow(X509Error);
    }
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (at, octet) => {
        const damaged = copyBytes(der);
        damaged[at % der.length] = octet;
        try {
          parseCrl(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(X509Error);
        }
      }),
      { seed: 9, numRuns: 1_000 },
    );
    const one = entry(derUnsignedInteger(1), derTime(FROM));
    const entries = new Uint8Array(one.length * 100_000);
    for (let i = 0; i < 100_000; i++) entries.set(one, i * one.length);
    const taken = stopwatch();
    expect(parseCrl(list({ entries: derSequence(entries) })).revoked.size).toBe(1);
    expect(taken()).toBeLessThan(2_000);
  });
});

describe('verifyCrl', () => {
  it('S11 accepts no list with any octet of what is signed changed', async () => {
    const crl = await mintCrl(issuer, { revoked: [5] });
    await expect(verifyCrl(crl, issuer.certificate, MINT_AT)).resolves.toBeUndefined();
    const start = Buffer.from(crl.der).indexOf(crl.tbs);
    for (let at = 0; at < crl.tbs.length; at += 7) {
      const damaged = copyBytes(crl.der);
      damaged[start + at] = (damaged[start + at] ?? 0) ^ 0x01;
      const outcome = await Promise.resolve()
        .then(() => verifyCrl(parseCrl(damaged), issuer.certificate, MINT_AT))
        .then(
          () => 'accepted',
          (error: unknown) => error,
        );
      expect(outcome, `octet ${at}`).toMatchObject({ code: expect.any(String) as string });
    }
  });

  it('S11 is current up to the instant of its next update, not at it', async () => {
    const crl = await mintCrl(issuer);
    const at = (offset: number) => verifyCrl(crl, issuer.certificate, new Date(UNTIL.getTime() + offset));
    await expect(at(-1)).resolves.toBeUndefined();
    await expect(at(0)).rejects.toMatchObject({ code: 'crl-expired', outcome: 'undecided' });
    await expect(verifyCrl(crl, issuer.certificate, new Date(FROM.getTime() - 1))).rejects.toMatchObject({
      code: 'crl-not-yet-valid',
    });
    await expect(verifyCrl(crl, issuer.certificate, new Date(Number.NaN))).rejects.toMatchObject({
      code: 'argument-invalid',
    });
  });

  it('S11 of another name or another key of the same name is refused', async () => {
    const renamed = await mintCrl(issuer, { issuerName: commonName('someone else') });
    await expect(verifyCrl(renamed, issuer.certificate, MINT_AT)).rejects.toMatchObject({
      code: 'crl-issuer-mismatch',
    });
    const [twin] = (await mintChain()).issuers;
    if (twin === undefined) throw new Error('the mint made no issuer');
    await expect(verifyCrl(await mintCrl(twin), issuer.certificate, MINT_AT)).rejects.toMatchObject({
      code: 'key-identifier-mismatch',
    });
  });
});
