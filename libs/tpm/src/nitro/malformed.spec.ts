import { concat, fromHex, type Bytes } from '@asterism/bytes';
import {
  bitFlips,
  MINT_AT,
  mintNitroDocument,
  mutations,
  truncations,
  type MintedNitroDocument,
} from '@asterism/testkit';
import { X509Error } from '@asterism/x509';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TpmFormatError, TpmNotGenuineError } from '../errors.ts';
import { type CborKey, type CborMap, type CborValue } from './cbor/cbor.ts';
import { decodeCbor } from './cbor/decode-cbor.ts';
import { encodeCbor } from './cbor/encode-cbor.ts';
import { encodeCoseSign1, parseCoseSign1 } from './cose-sign1.ts';
import type { NitroDocument } from './nitro-document.ts';
import { parseNitroDocument } from './parse-nitro-document.ts';
import { verifyNitroDocument } from './verify-nitro-document.ts';

const bytes = (length: number): Bytes => new Uint8Array(length).fill(0x5a);
let genuine: MintedNitroDocument;
let small: MintedNitroDocument;
beforeAll(async () => {
  genuine = await mintNitroDocument();
  small = await mintNitroDocument({
    document: ({ pcrs }) => ({ pcrs: new Map([...pcrs].slice(0, 1)), nonce: bytes(32) }),
    chain: { intermediates: 0 },
  });
});

function refusal(document: Uint8Array): TpmFormatError {
  try {
    parseNitroDocument(document);
  } catch (error) {
    if (error instanceof TpmFormatError) return error;
    throw error;
  }
  throw new Error('was read');
}

/** The genuine document with fields of its map changed; the signature does not matter to who reads it. */
function withFields(change: (fields: Map<CborKey, CborValue>) => void): Bytes {
  const sign1 = parseCoseSign1(genuine.bytes);
  const fields = new Map(decodeCbor(sign1.payload) as CborMap);
  change(fields);
  return encodeCoseSign1({ ...sign1, payload: encodeCbor(fields) });
}
const withField = (name: string, value: CborValue) => withFields((fields) => fields.set(name, value));
const without = (name: string) => withFields((fields) => fields.delete(name));

const pcrMap = (...entries: [CborKey, CborValue][]) => new Map(entries);
const MANY = Array.from({ length: 33 }, (_, pcr): [CborKey, CborValue] => [pcr, bytes(48)]);

/** By field: what attestation_process.md §3.2.2 does not allow. */
const WRONG: readonly [field: string, what: string, value: CborValue][] = [
  ['module_id', 'empty', ''],
  ['module_id', 'of 257 characters', 'x'.repeat(257)],
  ['module_id', 'a byte string', bytes(8)],
  ['module_id', 'null', null],
  ['digest', 'SHA256', 'SHA256'],
  ['digest', 'in lower case', 'sha384'],
  ['digest', 'null', null],
  ['timestamp', 'zero', 0],
  ['timestamp', 'negative', -1],
  ['timestamp', 'a text', '1770113522437'],
  ['timestamp', 'null', null],
  ['nitrotpm_pcrs', 'empty', pcrMap()],
  ['nitrotpm_pcrs', 'null', null],
  ['nitrotpm_pcrs', 'a list', [bytes(48)]],
  ['nitrotpm_pcrs', 'with index 32', pcrMap([32, bytes(48)])],
  ['nitrotpm_pcrs', 'with a negative index', pcrMap([-1, bytes(48)])],
  ['nitrotpm_pcrs', 'with an index that is a text', pcrMap(['0', bytes(48)])],
  ['nitrotpm_pcrs', 'with 33 values', pcrMap(...MANY)],
  ['nitrotpm_pcrs', 'with a value of 32 bytes', pcrMap([0, bytes(32)])],
  ['nitrotpm_pcrs', 'with a value of 64 bytes', pcrMap([0, bytes(64)])],
  ['nitrotpm_pcrs', 'with an empty value', pcrMap([0, bytes(0)])],
  ['nitrotpm_pcrs', 'with a value that is a text', pcrMap([0, '5'.repeat(48)])],
  ['nitrotpm_pcrs', 'with a value that is null', pcrMap([0, null])],
  ['certificate', 'empty', bytes(0)],
  ['certificate', 'of 1025 bytes', bytes(1025)],
  ['certificate', 'a text', 'certificate'],
  ['certificate', 'null', null],
  ['cabundle', 'empty', []],
  ['cabundle', 'of eight', Array.from({ length: 8 }, () => bytes(8))],
  ['cabundle', 'with an empty certificate', [bytes(0)]],
  ['cabundle', 'with one of 1025 bytes', [bytes(1025)]],
  ['cabundle', 'with null', [null]],
  ['cabundle', 'one certificate instead of a list', bytes(8)],
  ['cabundle', 'null', null],
  ['public_key', 'empty', bytes(0)],
  ['public_key', 'of 1025 bytes', bytes(1025)],
  ['public_key', 'a text', 'key'],
  ['user_data', 'of 1025 bytes', bytes(1025)],
  ['user_data', 'false', false],
  ['nonce', 'of 1025 bytes', bytes(1025)],
  ['nonce', 'a text', 'nonce'],
  ['nonce', 'a number', 1],
];

describe('a malformed document', () => {
  it.each(WRONG)('S09 is refused where %s is %s', (field, _what, value) => {
    const error = refusal(withField(field, value));
    expect(error).toMatchObject({ code: 'malformed', outcome: 'input' });
    expect(error.message).toContain(field);
  });

  it.each(['module_id', 'digest', 'timestamp', 'nitrotpm_pcrs', 'certificate', 'cabundle'])(
    'S09 is refused without %s',
    (field) => {
      expect(refusal(without(field)).code).toBe('malformed');
    },
  );

  it.each(['public_key', 'user_data', 'nonce'])('may leave %s out', (field) => {
    expect(parseNitroDocument(without(field)).document).toEqual(genuine.document);
  });

  it.each<[field: string, name: keyof NitroDocument, length: number]>([
    ['public_key', 'publicKey', 1024],
    ['user_data', 'userData', 1024],
    ['nonce', 'nonce', 1024],
    ['user_data', 'userData', 0],
    ['nonce', 'nonce', 0],
  ])('may have a %s (%s) of %i bytes', (field, name, length) => {
    expect(parseNitroDocument(withField(field, bytes(length))).document[name]).toEqual(bytes(length));
  });

  it('may have every field at its bound', () => {
    const fields: readonly [field: string, value: CborValue][] = [
      ['module_id', 'x'.repeat(256)],
      ['timestamp', 1],
      ['nitrotpm_pcrs', pcrMap(...MANY.slice(0, 32))],
      ['certificate', bytes(1024)],
      ['cabundle', Array.from({ length: 7 }, () => bytes(1024))],
      ['public_key', bytes(1)],
    ];
    const large = withFields((map) => fields.forEach(([field, value]) => map.set(field, value)));
    const { document } = parseNitroDocument(large);
    expect([document.moduleId.length, document.pcrs.size, document.cabundle.length]).toEqual([256, 32, 7]);
  });

  it('S05 with the PCRs of both kinds, or with a field that AWS does not name, is refused', () => {
    for (const field of ['pcrs', 'Nonce', 'extra']) {
      expect(refusal(withField(field, pcrMap([0, bytes(48)])))).toMatchObject({
        code: 'malformed',
        got: [field],
      });
    }
    expect(refusal(withFields((fields) => fields.set(7, 7))).code).toBe('malformed');
  });

  it('S05 with a field twice is refused', () => {
    const sign1 = parseCoseSign1(genuine.bytes);
    const nonce = fromHex('656e6f6e636540');
    const payload = concat(sign1.payload.slice(0, -1), nonce, Uint8Array.of(0xff));
    expect(refusal(encodeCoseSign1({ ...sign1, payload }))).toMatchObject({
      code: 'malformed',
      got: 'nonce',
    });
  });

  it.each<[what: string, payload: Bytes]>([
    ['empty', bytes(0)],
    ['a list', encodeCbor([1])],
    ['an empty map', encodeCbor(new Map())],
    ['null', encodeCbor(null)],
    ['nested deeply', new Uint8Array(10_000).fill(0x81)],
  ])('S09 whose payload is %s is refused', (_what, payload) => {
    expect(refusal(encodeCoseSign1({ ...parseCoseSign1(genuine.bytes), payload })).code).toBe('malformed');
  });

  it('S09 over 16 KiB is refused unread', () => {
    expect(refusal(bytes(16 * 1024 + 1))).toMatchObject({ code: 'too-large', want: 16 * 1024 });
  });

  it('S09 truncated at every byte, or with more behind it, is refused', () => {
    for (const cut of truncations(genuine.bytes)) expect(refusal(cut).outcome).toBe('input');
    for (const tail of [Uint8Array.of(0), Uint8Array.of(0xff), genuine.bytes]) {
      expect(refusal(concat(genuine.bytes, tail)).outcome).toBe('input');
    }
  });

  it('S09 with every length at its limits is refused', () => {
    const at = genuine.bytes.findIndex((_, i) => genuine.bytes[i] === 0x59 && i > 6);
    for (const length of [0x00_00, 0x00_ff, 0x7f_ff, 0xff_ff]) {
      const changed = new Uint8Array(genuine.bytes);
      changed.set([length >> 8, length & 0xff], at + 1);
      expect(refusal(changed).outcome).toBe('input');
    }
  });

  it('S09 changed at random gives coded refusals only', { timeout: 10_000 }, () => {
    for (const changed of mutations(genuine.bytes, 9052, 5_000)) {
      try {
        parseNitroDocument(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(TpmFormatError);
      }
    }
  });

  it('S09 random bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        expect(refusal(random).outcome).toBe('input');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a document with one bit of it changed', () => {
  it('S05 S09 is never verified', { timeout: 120_000 }, async () => {
    const request = { kinds: ['nitro-tpm'], roots: small.chain.anchors, at: MINT_AT } as const;
    await verifyNitroDocument(parseNitroDocument(small.bytes), request);
    const codes = new Set<string>();
    for (const flipped of bitFlips(small.bytes)) {
      const error = await Promise.resolve()
        .then(() => verifyNitroDocument(parseNitroDocument(flipped), request))
        .then(
          () => null,
          (cause: unknown) => cause,
        );
      if (error === null) throw new Error('was verified');
      const coded = [TpmFormatError, TpmNotGenuineError, X509Error].find((known) => error instanceof known);
      expect(coded, String(error)).toBeDefined();
      codes.add((error as { code: string }).code);
    }
    expect([...codes]).toEqual(expect.arrayContaining(['malformed', 'unsupported', 'signature-invalid']));
  });
});
