import { SigstoreInstance } from '@asterism/testkit/sigstore';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyKeySignature, type KeySignature } from '../index.ts';

const FILE = new TextEncoder().encode('{"measurements":"of an image"}');
const OTHER = new TextEncoder().encode('{"measurements":"of another image"}');
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();

const keys = pair();
const publicKey = pemOf(keys.publicKey);
const spkiSha256 = createHash('sha256')
  .update(keys.publicKey.export({ format: 'der', type: 'spki' }))
  .digest('hex');
/** What `cosign sign-blob --key` prints. */
const signature = sign('sha256', FILE, keys.privateKey).toString('base64');

let sigstore: SigstoreInstance;
let bundle: string;
beforeAll(async () => {
  sigstore = await SigstoreInstance.make();
  bundle = await sigstore.signWithKey(FILE, keys.privateKey, keys.publicKey);
});

const codeOf = (change: Partial<KeySignature>, file = FILE): Promise<string> =>
  verifyKeySignature(file, { kind: 'key', publicKey, signed: { signature }, ...change }).then(
    () => 'verified',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe('a file signed by a key', () => {
  it('is verified by its signature alone, which says nothing of a time', async () => {
    const wanted = { kind: 'key', publicKey, signed: { signature: `${signature}\n` } } as const;
    expect(await verifyKeySignature(FILE, wanted)).toEqual({
      kind: 'key',
      spkiSha256,
      signedAt: null,
      logIndex: null,
    });
  });

  it('is verified by a bundle, with the log where a root is given', async () => {
    const { logIndex, integratedTime } = JSON.parse(bundle).verificationMaterial.tlogEntries[0];
    const verified = (trustedRoot: string | null) =>
      verifyKeySignature(FILE, { kind: 'key', publicKey, signed: { bundle, trustedRoot } });
    expect(await verified(sigstore.trustedRoot)).toEqual({
      kind: 'key',
      spkiSha256,
      signedAt: new Date(Number(integratedTime) * 1000),
      logIndex,
    });
    expect(await verified(null)).toMatchObject({ spkiSha256, signedAt: null, logIndex: null });
  });

  it('of other bytes is refused', async () => {
    expect(await codeOf({}, OTHER)).toBe('signature-invalid');
    expect(await codeOf({ signed: { bundle, trustedRoot: null } }, OTHER)).toBe('digest-mismatch');
  });

  it('under another key is refused, whatever the bundle hints at', async () => {
    const other = pemOf(pair().publicKey);
    expect(await codeOf({ publicKey: other })).toBe('signature-invalid');
    for (const trustedRoot of [null, sigstore.trustedRoot]) {
      expect(await codeOf({ publicKey: other, signed: { bundle, trustedRoot } })).toBe('signature-invalid');
    }
  });

  it('and logged by another instance, or not at all, is refused where a root is given', async () => {
    const other = await SigstoreInstance.make();
    const trustedRoot = other.trustedRoot;
    expect(await codeOf({ signed: { bundle, trustedRoot } })).toBe('inclusion-promise-invalid');
    const json = JSON.parse(bundle) as { verificationMaterial: { tlogEntries: unknown[] } };
    json.verificationMaterial.tlogEntries = [];
    const unlogged = JSON.stringify(json);
    expect(await codeOf({ signed: { bundle: unlogged, trustedRoot } })).toBe('log-entry-refused');
  });

  it('and logged under another key is refused', async () => {
    const logged = await sigstore.signWithKey(FILE, keys.privateKey, pair().publicKey);
    const { trustedRoot } = sigstore;
    expect(await codeOf({ signed: { bundle: logged, trustedRoot } })).toBe('log-entry-refused');
  });

  it('in a bundle of an identity is not taken for one of the key', async () => {
    const named = await sigstore.sign(FILE, {
      identity: 'https://example.com/a',
      issuer: 'https://example.com',
    });
    expect(await codeOf({ signed: { bundle: named, trustedRoot: null } })).toBe('bundle-unsupported');
  });

  it.each<[string, string]>([
    ['no PEM', 'key'],
    ['a private key', keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['on another curve', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
    ['an RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['an Ed25519 key', pemOf(generateKeyPairSync('ed25519').publicKey)],
  ])('under a key that is %s is refused', async (_, pem) => {
    expect(await codeOf({ publicKey: pem })).toBe('key-malformed');
  });

  it('with a signature that is none is refused', async () => {
    expect(await codeOf({ signed: { signature: '***' } })).toBe('signature-malformed');
    expect(await codeOf({ signed: { signature: '' } })).toBe('signature-invalid');
    expect(await codeOf({ signed: { signature: signature.slice(0, 40) } })).toBe('signature-invalid');
  });
});
