import { fromHex, toHex } from '@asterism/bytes';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EK_TEMPLATE } from '../credential/endorsement-key.ts';
import { TpmFormatError } from '../errors.ts';
import type { EccPublic, RsaPublic, TpmtPublic } from './public-area.ts';
import { fromSpki, leftPad, toSpki } from './spki.ts';

const COMMON = { nameAlg: 'sha256', attributes: 0, authPolicy: new Uint8Array(), symmetric: null } as const;

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}

async function areaOf(spki: Uint8Array): Promise<TpmtPublic> {
  return { ...COMMON, scheme: null, ...(await fromSpki(spki)) } as RsaPublic | EccPublic;
}

const KEYS: readonly [string, () => KeyObject][] = [
  ['RSA 1024', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
  ['RSA 2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  [
    'RSA 2048 with exponent 3',
    () => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey,
  ],
  ['ECC P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
  ['ECC P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
];

describe('SubjectPublicKeyInfo', () => {
  it.each(KEYS)('of %s is the bytes that OpenSSL writes, both ways', async (_name, generate) => {
    const spki = spkiOf(generate());
    expect(toHex(toSpki(await areaOf(spki)))).toBe(toHex(spki));
  });

  it('names the default exponent 0, as a TPM does', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(await fromSpki(spkiOf(publicKey))).toMatchObject({ exponent: 0, keyBits: 1024 });
  });

  it('pads coordinates that a TPM gave without their leading zeros', async () => {
    const short = {
      ...COMMON,
      type: 'ecc',
      scheme: null,
      curve: 'p256',
      x: fromHex('01'),
      y: fromHex('02'),
    } as const;
    expect(toHex(toSpki(short)).slice(-128)).toBe(`${'01'.padStart(64, '0')}${'02'.padStart(64, '0')}`);
  });

  it.each<[string, () => unknown, string]>([
    ['of an RSA template without a key', () => toSpki({ ...EK_TEMPLATE['H-1'] }), 'malformed'],
    ['of an ECC template without a point', () => toSpki({ ...EK_TEMPLATE['H-2'] }), 'malformed'],
    ['of an ECC template of zeros', () => toSpki({ ...EK_TEMPLATE['L-2'] }), 'malformed'],
    [
      'of a keyed hash',
      () => toSpki({ ...COMMON, type: 'keyedhash', hmac: null, unique: new Uint8Array(32) }),
      'unsupported',
    ],
    ['of a number longer than its field', () => leftPad(new Uint8Array(33), 32), 'malformed'],
  ])('is refused %s', (_name, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(TpmFormatError);
  });

  const RSA_OF = (exponent: string) =>
    fromHex(
      // SEQUENCE { rsaEncryption NULL, BIT STRING { SEQUENCE { INTEGER modulus of 128 bytes, INTEGER exponent } } }
      `30819f300d06092a864886f70d010101050003818d0030818902818100${'c5'.repeat(128)}${exponent}`,
    );
  const REFUSED: readonly [string, () => Uint8Array][] = [
    ['Ed25519', () => spkiOf(generateKeyPairSync('ed25519').publicKey)],
    ['P-521', () => spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey)],
    ['secp256k1', () => spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)],
    ['nothing', () => new Uint8Array()],
    ['bytes that are no DER', () => new Uint8Array(64).fill(0x30)],
  ];

  it.each(REFUSED)('with %s is unsupported', async (_name, spki) => {
    await expect(fromSpki(spki())).rejects.toMatchObject({ name: 'TpmFormatError', code: 'unsupported' });
  });

  it('with an RSA exponent over 32 bits is unsupported, and so is 0, which would read as 65537', async () => {
    const small = fromHex('30819f300d06092a864886f70d010101050003818d0030818902818100');
    expect(RSA_OF('0203010001').subarray(0, small.length)).toEqual(small);
    expect(await fromSpki(RSA_OF('0203010001'))).toMatchObject({ type: 'rsa', exponent: 0 });
    const withExponent = (der: string) => {
      const grown = der.length / 2 - 5;
      const spki = RSA_OF(der);
      for (const at of [2, 20, 24]) spki[at] = (spki[at] ?? 0) + grown;
      return spki;
    };
    for (const exponent of ['020100', '02050100000001']) {
      await expect(fromSpki(withExponent(exponent))).rejects.toMatchObject({
        name: 'TpmFormatError',
        code: 'unsupported',
      });
    }
  });
});
