import { equalBytes, fromHex, Reader, toHex, utf8, type Bytes } from '@asterism/bytes';
import {
  constants,
  createDecipheriv,
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  createPublicKey,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TpmFormatError } from '../errors.ts';
import { hashLength, type TpmHash } from '../structures/algorithms.ts';
import { toObjectAttributes, type ObjectAttribute } from '../structures/attributes.ts';
import type { EccPublic, RsaPublic, TpmtPublic } from '../structures/public-area.ts';
import { fromSpki, toSpki } from '../structures/spki.ts';
import {
  EK_TEMPLATE,
  ekPublicFromSpki,
  verifyEkMatchesSpki,
  verifyEndorsementKey,
  type EkTemplate,
} from './endorsement-key.ts';
import { kdfa, kdfe } from './kdf.ts';
import { makeCredential, type Credential } from './make-credential.ts';

interface Ek {
  readonly area: RsaPublic | EccPublic;
  readonly privateKey: KeyObject;
}

const NONE = new Uint8Array();
const NAME = new Uint8Array(34).fill(0x0b);

async function generateEk(template: EkTemplate): Promise<Ek> {
  const want = EK_TEMPLATE[template];
  const namedCurve = want.type === 'ecc' && want.curve === 'p384' ? 'P-384' : 'P-256';
  const pair =
    want.type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve });
  const key = await fromSpki(pair.publicKey.export({ type: 'spki', format: 'der' }));
  return { area: { ...want, ...key } as RsaPublic | EccPublic, privateKey: pair.privateKey };
}

/** The seed, as Part 1 annexes B.10.4 and C.6.4 let the TPM recover it. */
async function recoverSeed({ area, privateKey }: Ek, secret: Bytes): Promise<Bytes> {
  const hash = area.nameAlg as TpmHash;
  if (area.type === 'rsa') {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const oaepLabel = utf8('IDENTITY\0');
    return new Uint8Array(privateDecrypt({ key: privateKey, padding, oaepHash: hash, oaepLabel }, secret));
  }
  const reader = new Reader(secret, 'big');
  const [x, y] = [reader.sized16(), reader.sized16()];
  reader.expectEnd();
  const publicKey = createPublicKey({
    key: Buffer.from(toSpki({ ...area, x, y })),
    format: 'der',
    type: 'spki',
  });
  const z = diffieHellman({ privateKey, publicKey });
  return kdfe(hash, z, 'IDENTITY', x, area.x, 8 * hashLength(hash));
}

/** TPM2_ActivateCredential, Part 3 §12.5: null where the integrity does not hold. */
async function activate(
  ek: Ek,
  name: Uint8Array,
  { credentialBlob, secret }: Credential,
): Promise<Bytes | null> {
  const hash = ek.area.nameAlg as TpmHash;
  const seed = await recoverSeed(ek, secret);
  const reader = new Reader(credentialBlob, 'big');
  const integrity = reader.sized16();
  const encrypted = reader.rest();
  const hmacKey = await kdfa(hash, seed, 'INTEGRITY', NONE, NONE, 8 * hashLength(hash));
  const want = createHmac(hash, hmacKey).update(encrypted).update(name).digest();
  if (!equalBytes(want, integrity)) return null;
  const bits = ek.area.symmetric?.keyBits ?? 0;
  const key = await kdfa(hash, seed, 'STORAGE', name, NONE, bits);
  const decipher = createDecipheriv(`aes-${bits}-cfb`, key, new Uint8Array(16));
  const inner = new Reader(Buffer.concat([decipher.update(encrypted), decipher.final()]), 'big');
  const credential = inner.sized16();
  inner.expectEnd();
  return credential;
}

const TEMPLATES: readonly EkTemplate[] = ['L-1', 'L-2', 'H-1', 'H-2', 'H-3'];

describe('makeCredential', () => {
  it.each(TEMPLATES)(
    'to an EK of template %s opens with its private key, for the named key only',
    async (template) => {
      const ek = await generateEk(template);
      for (const length of [1, 32, hashLength(ek.area.nameAlg)]) {
        const secret = new Uint8Array(length).fill(0x5e);
        const credential = await makeCredential({ ekPublic: ek.area, akName: NAME, secret });
        expect(toHex((await activate(ek, NAME, credential)) ?? NONE)).toBe(toHex(secret));
        const other = Uint8Array.from(NAME, (byte, i) => (i === 33 ? byte ^ 1 : byte));
        expect(await activate(ek, other, credential)).toBeNull();
      }
    },
  );

  it('is another one each time', async () => {
    const { area: ekPublic } = await generateEk('L-2');
    const input = { ekPublic, akName: NAME, secret: new Uint8Array(32) };
    const [a, b] = [await makeCredential(input), await makeCredential(input)];
    expect(toHex(a.secret)).not.toBe(toHex(b.secret));
    expect(toHex(a.credentialBlob)).not.toBe(toHex(b.credentialBlob));
  });

  it('refuses a secret of no bytes or over the hash', async () => {
    const { area: ekPublic } = await generateEk('L-2');
    for (const length of [0, 33]) {
      const made = makeCredential({ ekPublic, akName: NAME, secret: new Uint8Array(length) });
      await expect(made).rejects.toMatchObject({ code: 'malformed', got: length });
    }
  });

  it('refuses a point off its curve, a modulus that is none and a template', async () => {
    const area = (change: object) => ({ ...EK_TEMPLATE['L-2'], ...change }) as TpmtPublic;
    for (const ekPublic of [
      area({ x: new Uint8Array(32).fill(1), y: new Uint8Array(32).fill(1) }),
      area({ x: new Uint8Array(33).fill(1), y: new Uint8Array(32).fill(1) }),
      EK_TEMPLATE['H-1'],
      EK_TEMPLATE['H-2'],
    ]) {
      const made = makeCredential({ ekPublic, akName: NAME, secret: new Uint8Array(32) });
      await expect(made).rejects.toBeInstanceOf(TpmFormatError);
    }
  });
});

describe('an endorsement key', () => {
  const GOOD: readonly ObjectAttribute[] = [
    'fixedTpm',
    'fixedParent',
    'sensitiveDataOrigin',
    'restricted',
    'decrypt',
  ];
  const change = (more: object) => ({ ...EK_TEMPLATE['L-1'], ...more }) as TpmtPublic;
  const withAttributes = (names: readonly ObjectAttribute[]) =>
    change({ attributes: toObjectAttributes(names) });

  it.each(TEMPLATES)('of template %s is accepted', (template) => {
    expect(verifyEndorsementKey(EK_TEMPLATE[template]).hash).toBe(EK_TEMPLATE[template].nameAlg);
  });

  it.each<[string, TpmtPublic]>([
    ...GOOD.map((missing): [string, TpmtPublic] => [
      `without ${missing}`,
      withAttributes(GOOD.filter((name) => name !== missing)),
    ]),
    ['that may also sign', withAttributes([...GOOD, 'sign'])],
    ['without a symmetric algorithm', change({ symmetric: null })],
    ['that is a keyed hash', change({ type: 'keyedhash', hmac: null, unique: new Uint8Array(32) })],
  ])('%s is refused', async (_name, ekPublic) => {
    const refused = expect.objectContaining({ name: 'TpmNotGenuineError', code: 'ek-attributes' });
    expect(() => verifyEndorsementKey(ekPublic)).toThrow(refused);
    await expect(makeCredential({ ekPublic, akName: NAME, secret: new Uint8Array(32) })).rejects.toEqual(
      refused,
    );
  });

  it('with a SHA-1 name is refused', () => {
    expect(() => verifyEndorsementKey(change({ nameAlg: 'sha1' }))).toThrow(
      expect.objectContaining({ code: 'algorithm-refused' }),
    );
  });

  it.each(TEMPLATES)('of template %s is recovered from the key of its certificate', async (template) => {
    const { area } = await generateEk(template);
    const recovered = await ekPublicFromSpki(toSpki(area), template.startsWith('H') ? 'high' : 'low');
    expect(recovered).toEqual(area);
    verifyEkMatchesSpki(recovered, toSpki(area));
  });

  it('that is not the key of its certificate is refused', async () => {
    const [ek, other] = [await generateEk('L-2'), await generateEk('L-2')];
    expect(() => verifyEkMatchesSpki(ek.area, toSpki(other.area))).toThrow(
      expect.objectContaining({ code: 'ek-mismatch' }),
    );
  });

  it('of a size without a template is not read', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    await expect(ekPublicFromSpki(spki)).rejects.toMatchObject({ code: 'unsupported', got: 3072 });
    await expect(ekPublicFromSpki(fromHex('3000'))).rejects.toMatchObject({ code: 'unsupported' });
  });
});
