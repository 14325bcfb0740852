import { concat, copyBytes, fromHex, toHex, utf8, type Bytes } from '@asterism/bytes';
import { mintKey, pssAlgorithm, type PssParameters } from '@asterism/testkit';
import fc from 'fast-check';
import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../certificate/algorithm.ts';
import { DerReader } from '../der/reader.ts';
import {
  derBitString,
  derExplicit,
  derNull,
  derOid,
  derSequence,
  derUnsignedInteger,
} from '../der/writer.ts';
import { ecdsaDerToRaw, ecdsaRawToDer } from './ecdsa.ts';
import { CURVES, parsePublicKey, type Curve } from './public-key.ts';
import { verifySignature } from './verify-signature.ts';

const refusal = (code: string) => expect.objectContaining({ code }) as Error;
const DATA = utf8('what is signed');
const read = (der: Bytes): SignatureAlgorithm => readSignatureAlgorithm(DerReader.of(der));
const SHA_256 = '2.16.840.1.101.3.4.2.1';
const PSS = '1.2.840.113549.1.1.10';

describe('ECDSA signatures', () => {
  it.each(Object.keys(CURVES) as Curve[])('survive the round trip on %s', (curve) => {
    const half = CURVES[curve].bytes;
    const number = fc
      .uint8Array({ minLength: half, maxLength: half })
      .filter((bytes) => bytes.some((octet) => octet !== 0));
    fc.assert(
      fc.property(number, number, fc.nat(half - 1), (r, s, zeros) => {
        // Short numbers are what padding gets wrong.
        const short = Uint8Array.from(r, (octet, i) => (i < zeros ? 0 : octet));
        short[half - 1] = (short[half - 1] ?? 0) | 1;
        const raw = concat(short, s);
        expect(ecdsaDerToRaw(ecdsaRawToDer(raw, curve), curve)).toEqual(raw);
      }),
      { seed: 186, numRuns: 200 },
    );
  });

  it('agree with Node on what a signature is', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let round = 0; round < 20; round++) {
      const der = new Uint8Array(nodeSign('sha256', DATA, privateKey));
      const raw = ecdsaDerToRaw(der, 'P-256');
      expect(nodeVerify('sha256', DATA, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
      expect(toHex(ecdsaRawToDer(raw, 'P-256'))).toBe(toHex(der));
    }
  });

  const one = derUnsignedInteger(1);
  it.each([
    ['empty', '', 'der-truncated'],
    ['of one number', toHex(derSequence(one)), 'der-truncated'],
    ['of three numbers', toHex(derSequence(one, one, one)), 'der-trailing-bytes'],
    ['with bytes behind', `${toHex(derSequence(one, one))}00`, 'der-trailing-bytes'],
    ['with r of zero', toHex(derSequence(derUnsignedInteger(0), one)), 'signature-malformed'],
    ['with s of zero', toHex(derSequence(one, derUnsignedInteger(0))), 'signature-malformed'],
    ['with a negative r', '3006020181020101', 'der-value'],
    ['with a padded r', '300702020001020101', 'der-value'],
    [
      'with r over the field',
      toHex(derSequence(derUnsignedInteger(new Uint8Array(33).fill(1)), one)),
      'signature-malformed',
    ],
    ['of an indefinite length', '30800201010201010000', 'der-length'],
    ['raw', '01'.repeat(64), 'der-trailing-bytes'],
  ])('%s are refused', (_title, hex, code) => {
    expect(() => ecdsaDerToRaw(fromHex(hex), 'P-256')).toThrow(refusal(code));
  });

  it('in raw form have the length of their curve', () => {
    for (const length of [0, 63, 65, 96]) {
      expect(() => ecdsaRawToDer(new Uint8Array(length).fill(1), 'P-256')).toThrow(
        refusal('signature-malformed'),
      );
    }
  });
});

describe('RSA-PSS parameters', () => {
  it('are read with their defaults of RFC 4055 §3.1', () => {
    expect(read(derSequence(derOid(PSS), derSequence()))).toEqual({
      kind: 'rsa-pss',
      hash: 'SHA-1',
      maskHash: 'SHA-1',
      saltLength: 20,
      trailerField: 1,
    });
    expect(read(pssAlgorithm())).toMatchObject({ hash: 'SHA-384', maskHash: 'SHA-384', saltLength: 48 });
  });

  const hash = derSequence(derOid(SHA_256), derNull());
  const mgf = (inner: Bytes) => derSequence(derOid('1.2.840.113549.1.1.8'), inner);
  const malformed: readonly (readonly [string, readonly Bytes[]])[] = [
    ['missing', []],
    ['null', [derNull()]],
    ['given twice', [derSequence(), derSequence()]],
    ['out of order', [derSequence(derExplicit(2, derUnsignedInteger(32)), derExplicit(0, hash))]],
    ['of an unknown hash', [derSequence(derExplicit(0, derSequence(derOid('1.2.3'))))]],
    ['of an unknown mask function', [derSequence(derExplicit(1, derSequence(derOid('1.2.3'), hash)))]],
    [
      'of a mask function without a hash',
      [derSequence(derExplicit(1, derSequence(derOid('1.2.840.113549.1.1.8'))))],
    ],
    ['with two hashes', [derSequence(derExplicit(0, hash, hash))]],
    ['with a negative salt', [derSequence(derExplicit(2, fromHex('0201e0')))]],
    ['with a huge salt', [derSequence(derExplicit(2, derUnsignedInteger(new Uint8Array(9).fill(1))))]],
    ['with an unknown field', [derSequence(derExplicit(4, derUnsignedInteger(1)))]],
    [
      'with a mask hash of odd parameters',
      [derSequence(derExplicit(1, mgf(derSequence(derOid(SHA_256), derUnsignedInteger(1)))))],
    ],
  ];
  it.each(malformed)('%s are refused', (_title, parameters) => {
    expect(() => read(derSequence(derOid(PSS), ...parameters))).toThrow(
      expect.objectContaining({ outcome: 'input' }) as Error,
    );
  });

  it.each<readonly [string, PssParameters]>([
    ['another mask hash', { maskHash: SHA_256 }],
    ['a salt that is not as long as the hash', { saltLength: 32 }],
    ['no salt', { saltLength: 0 }],
    ['another trailer', { trailerField: 2 }],
    ['SHA-1', { hash: '1.3.14.3.2.26', maskHash: '1.3.14.3.2.26', saltLength: 20 }],
  ])('S11 of %s are refused, genuine signature or not', async (_title, parameters) => {
    const key = await mintKey('rsa-pss-sha384');
    const signature = await key.sign(DATA);
    await expect(verifySignature(key.spki, read(key.algorithm), DATA, signature)).resolves.toBeUndefined();
    await expect(verifySignature(key.spki, read(pssAlgorithm(parameters)), DATA, signature)).rejects.toThrow(
      refusal('algorithm-refused'),
    );
  });

  it('S11 of a key that is for RSA-PSS only bind its signatures', async () => {
    const pair = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha384',
      mgf1HashAlgorithm: 'sha384',
    });
    const spki = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }));
    expect(parsePublicKey(spki)).toMatchObject({
      kind: 'rsa',
      bits: 2048,
      pssOnly: { parameters: { hash: 'SHA-384', saltLength: 48 } },
    });
    const signature = new Uint8Array(nodeSign('sha384', DATA, { key: pair.privateKey, saltLength: 48 }));
    await expect(verifySignature(spki, read(pssAlgorithm()), DATA, signature)).resolves.toBeUndefined();
    const weaker = pssAlgorithm({ hash: SHA_256, maskHash: SHA_256, saltLength: 32 });
    await expect(verifySignature(spki, read(weaker), DATA, signature)).rejects.toThrow(
      refusal('algorithm-refused'),
    );
    const pkcs1 = read(derSequence(derOid('1.2.840.113549.1.1.11'), derNull()));
    await expect(verifySignature(spki, pkcs1, DATA, signature)).rejects.toThrow(refusal('algorithm-refused'));
  });
});

describe('verifySignature', () => {
  it.each(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048', 'rsa-pss-sha384', 'ed25519'] as const)(
    'S11 accepts what %s signed, and nothing else',
    async (kind) => {
      const [key, other] = await Promise.all([mintKey(kind), mintKey(kind)]);
      const signature = await key.sign(DATA);
      const algorithm = read(key.algorithm);
      await expect(verifySignature(key.spki, algorithm, DATA, signature)).resolves.toBeUndefined();
      const spoilt = copyBytes(signature);
      spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
      const wrong: readonly (readonly [Bytes, Bytes, Bytes])[] = [
        [key.spki, DATA, spoilt],
        [key.spki, utf8('something else'), signature],
        [other.spki, DATA, signature],
        [key.spki, DATA, signature.slice(1)],
        [key.spki, DATA, concat(signature, Uint8Array.of(0))],
        [key.spki, DATA, new Uint8Array()],
      ];
      for (const [spki, data, attempt] of wrong) {
        await expect(verifySignature(spki, algorithm, data, attempt)).rejects.toThrow(
          refusal('signature-invalid'),
        );
      }
    },
  );

  it('S11 refuses unknown algorithms and those of another kind of key', async () => {
    const [ec, rsa] = await Promise.all([mintKey('ecdsa-p256'), mintKey('rsa-2048')]);
    for (const [key, algorithm] of [
      [ec, rsa.algorithm],
      [rsa, ec.algorithm],
      [ec, derSequence(derOid('1.2.840.113549.1.1.4'), derNull())],
      [ec, derSequence(derOid('1.3.101.112'))],
    ] as const) {
      await expect(verifySignature(key.spki, read(algorithm), DATA, new Uint8Array(64))).rejects.toThrow(
        refusal('algorithm-refused'),
      );
    }
  });
});

describe('parsePublicKey', () => {
  const ec = new Uint8Array(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }),
  );
  const curve = derOid(CURVES['P-256'].oid);
  const ecKey = (parameters: Bytes, point: Uint8Array) =>
    derSequence(derSequence(derOid('1.2.840.10045.2.1'), parameters), derBitString(point));
  const rsaKey = (modulus: Uint8Array, exponent: number) =>
    derSequence(
      derSequence(derOid('1.2.840.113549.1.1.1'), derNull()),
      derBitString(derSequence(derUnsignedInteger(modulus), derUnsignedInteger(exponent))),
    );

  it('knows the curve and the length of real keys', () => {
    expect(parsePublicKey(ec)).toMatchObject({ kind: 'ec', curve: 'P-256' });
    for (const bits of [2048, 3072]) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
      const parsed = parsePublicKey(spki);
      expect(parsed).toMatchObject({ kind: 'rsa', bits, exponent: 65537, pssOnly: undefined });
      expect(parsed.spki).toEqual(spki);
    }
  });

  it('knows a key of RSASSA-PSS that leaves the parameters to the signature', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    expect(parsePublicKey(spki)).toMatchObject({ kind: 'rsa', pssOnly: { parameters: undefined } });
    const signature = new Uint8Array(nodeSign('sha384', DATA, { key: privateKey, saltLength: 48 }));
    await expect(verifySignature(spki, read(pssAlgorithm()), DATA, signature)).resolves.toBeUndefined();
    const pkcs1 = read(derSequence(derOid('1.2.840.113549.1.1.12'), derNull()));
    await expect(verifySignature(spki, pkcs1, DATA, signature)).rejects.toThrow(refusal('algorithm-refused'));
  });

  it.each<readonly [string, () => Bytes]>([
    ['a compressed point', () => ecKey(curve, concat(Uint8Array.of(2), new Uint8Array(32)))],
    ['a point of the wrong length', () => ecKey(curve, concat(Uint8Array.of(4), new Uint8Array(63)))],
    ['the point at infinity', () => ecKey(curve, Uint8Array.of(0))],
    ['explicit curve parameters', () => ecKey(derSequence(derUnsignedInteger(1)), new Uint8Array(65))],
    ['an unknown curve', () => ecKey(derOid('1.3.132.0.10'), concat(Uint8Array.of(4), new Uint8Array(64)))],
    ['an even modulus', () => rsaKey(new Uint8Array(256).fill(2), 65537)],
    ['a modulus of zero', () => rsaKey(new Uint8Array(1), 65537)],
    ['an exponent of one', () => rsaKey(new Uint8Array(256).fill(0xff), 1)],
    ['an even exponent', () => rsaKey(new Uint8Array(256).fill(0xff), 65536)],
    [
      'RSA without its null',
      () => derSequence(derSequence(derOid('1.2.840.113549.1.1.1')), derBitString(new Uint8Array())),
    ],
    [
      'an Ed25519 key of 31 octets',
      () => derSequence(derSequence(derOid('1.3.101.112')), derBitString(new Uint8Array(31))),
    ],
    [
      'something behind the key',
      () => derSequence(derSequence(derOid('1.3.101.112')), derBitString(new Uint8Array(32)), derNull()),
    ],
  ])('refuses %s', (_title, spki) => {
    expect(() => parsePublicKey(spki())).toThrow(expect.objectContaining({ outcome: 'input' }) as Error);
  });

  it('S11 a point that is on no curve verifies nothing', async () => {
    const off = ecKey(curve, concat(Uint8Array.of(4), new Uint8Array(64).fill(7)));
    expect(() => createPublicKey({ key: Buffer.from(off), format: 'der', type: 'spki' })).toThrow();
    const { algorithm } = await mintKey();
    const signature = derSequence(derUnsignedInteger(1), derUnsignedInteger(1));
    await expect(verifySignature(off, read(algorithm), DATA, signature)).rejects.toThrow(
      refusal('key-malformed'),
    );
  });

  it('keeps the bytes of Node’s own padding choice out of it: PKCS#1 is not PSS', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const pss = new Uint8Array(
      nodeSign('sha384', DATA, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
    );
    const pkcs1 = read(derSequence(derOid('1.2.840.113549.1.1.12'), derNull()));
    await expect(verifySignature(spki, read(pssAlgorithm()), DATA, pss)).resolves.toBeUndefined();
    await expect(verifySignature(spki, pkcs1, DATA, pss)).rejects.toThrow(refusal('signature-invalid'));
  });
});
