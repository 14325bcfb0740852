import { sha256, utf8 } from '@asterism/bytes';
import { mintAk, mintQuote, type AkKind, type MintedAk, type QuoteOrder } from '@asterism/testkit';
import { describe, expect, it } from 'vitest';
import { TpmFormatError, TpmNotGenuineError, type TpmNotGenuineErrorCode } from '../errors.ts';
import { toObjectAttributes, type ObjectAttribute } from '../structures/attributes.ts';
import type { EccPublic, RsaPublic, TpmtPublic } from '../structures/public-area.ts';
import type { TpmtSignature } from '../structures/signature.ts';
import { parseTpmQuote } from './parse-tpm-quote.ts';
import { verifyTpmQuote } from './verify-tpm-quote.ts';

const BINDING = await sha256(utf8('a binding'));
const PCRS = new Map([[4, new Uint8Array(32).fill(4)]]);
const KEYS = new Map<AkKind, MintedAk>();
function keyOf(kind: AkKind): MintedAk {
  const key = KEYS.get(kind) ?? mintAk(kind);
  KEYS.set(kind, key);
  return key;
}

function verify(kind: AkKind, order: Partial<QuoteOrder>): Promise<unknown> {
  const quote = mintQuote(keyOf(kind), { qualifyingData: BINDING, bank: 'sha256', pcrs: PCRS, ...order });
  return verifyTpmQuote(parseTpmQuote(quote), { qualifyingData: BINDING, bank: 'sha256', pcrSelection: [4] });
}

function expectRefused(verification: Promise<unknown>, code: TpmNotGenuineErrorCode): Promise<void> {
  return expect(verification).rejects.toMatchObject({ name: 'TpmNotGenuineError', code });
}

const GOOD: readonly ObjectAttribute[] = [
  'fixedTpm',
  'fixedParent',
  'sensitiveDataOrigin',
  'restricted',
  'sign',
];
const area = (change: object) => (honest: TpmtPublic) => ({ ...honest, ...change }) as TpmtPublic;
const attributes = (...names: readonly ObjectAttribute[]) => area({ attributes: toObjectAttributes(names) });

describe('an attestation key', () => {
  it('needs no other attribute than those of a restricted signing key of its TPM', async () => {
    await verify('ecdsa-p256', { akPublic: attributes(...GOOD) });
  });

  it.each(GOOD)('without %s is refused', async (missing) => {
    const akPublic = attributes(...GOOD.filter((name) => name !== missing));
    await expectRefused(verify('ecdsa-p256', { akPublic }), 'ak-attributes');
  });

  it('that may also decrypt is refused', async () => {
    await expectRefused(verify('ecdsa-p256', { akPublic: attributes(...GOOD, 'decrypt') }), 'ak-attributes');
  });

  it.each<[string, AkKind, object]>([
    ['without a scheme', 'ecdsa-p256', { scheme: null }],
    ['with scheme ECDH', 'ecdsa-p256', { scheme: { scheme: 'ecdh', hash: 'sha256' } }],
    ['with scheme OAEP', 'rsassa-2048', { scheme: { scheme: 'oaep', hash: 'sha256' } }],
    ['that is a keyed hash', 'ecdsa-p256', { type: 'keyedhash', hmac: 'sha256', unique: new Uint8Array(32) }],
  ])('%s is refused', async (_name, kind, change) => {
    await expectRefused(verify(kind, { akPublic: area(change) }), 'ak-attributes');
  });

  it.each<[string, AkKind, object]>([
    ['whose name is SHA-1', 'ecdsa-p256', { nameAlg: 'sha1' }],
    ['whose scheme is ECDSA with SHA-1', 'ecdsa-p256', { scheme: { scheme: 'ecdsa', hash: 'sha1' } }],
    ['whose scheme is RSASSA with SHA-1', 'rsassa-2048', { scheme: { scheme: 'rsassa', hash: 'sha1' } }],
    ['whose scheme hashes with SM3', 'ecdsa-p256', { scheme: { scheme: 'ecdsa', hash: 'sm3-256' } }],
    ['of RSA 1024', 'rsassa-2048', { keyBits: 1024, modulus: new Uint8Array(128).fill(0xc5) }],
  ])('%s is refused', async (_name, kind, change) => {
    await expectRefused(verify(kind, { akPublic: area(change) }), 'algorithm-refused');
  });

  it.each<[string, AkKind, object]>([
    ['off its curve', 'ecdsa-p256', { x: new Uint8Array(32).fill(1), y: new Uint8Array(32).fill(1) }],
    ['of even modulus', 'rsassa-2048', { modulus: new Uint8Array(256).fill(0xc4) }],
  ])('%s verifies nothing', async (_name, kind, change) => {
    await expectRefused(verify(kind, { akPublic: area(change) }), 'signature-invalid');
  });
});

describe('the signature of a quote', () => {
  const signature = (change: object) => (honest: TpmtSignature) =>
    ({ ...honest, ...change }) as TpmtSignature;
  const ORDER = Uint8Array.from(
    Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex'),
  );
  const RSA = new Uint8Array(256);

  it.each<[string, AkKind, object]>([
    ['of another scheme than the key', 'rsassa-2048', { scheme: 'rsapss' }],
    ['of the other scheme than a PSS key', 'rsapss-2048', { scheme: 'rsassa' }],
    ['of another hash than the key', 'ecdsa-p256', { hash: 'sha384' }],
    ['that names SHA-1', 'ecdsa-p256', { hash: 'sha1' }],
    ['with r = 0', 'ecdsa-p256', { r: new Uint8Array(32) }],
    ['with s = 0', 'ecdsa-p256', { s: new Uint8Array(32) }],
    ['with r of no bytes', 'ecdsa-p256', { r: new Uint8Array() }],
    ['with s = n', 'ecdsa-p256', { s: ORDER }],
    ['with r longer than the curve', 'ecdsa-p256', { r: new Uint8Array(33).fill(1) }],
    [
      'of ECDSA for an RSA key',
      'rsassa-2048',
      { scheme: 'ecdsa', r: new Uint8Array(32).fill(1), s: new Uint8Array(32).fill(1) },
    ],
    ['of RSA for an ECC key', 'ecdsa-p256', { scheme: 'rsassa', signature: RSA }],
    ['of zeros', 'rsassa-2048', { signature: RSA }],
    ['shorter than the key', 'rsassa-2048', { signature: RSA.subarray(1) }],
    ['longer than the key', 'rsassa-2048', { signature: new Uint8Array(257) }],
    ['of no bytes', 'rsapss-2048', { signature: new Uint8Array() }],
  ])('%s is refused', async (_name, kind, change) => {
    await expectRefused(verify(kind, { signature: signature(change) }), 'signature-invalid');
  });

  it.each<AkKind>(['ecdsa-p256', 'rsassa-2048', 'rsapss-2048'])('by another %s is refused', async (kind) => {
    const other = mintAk(kind).area as RsaPublic & EccPublic;
    await expectRefused(verify(kind, { akPublic: () => other }), 'signature-invalid');
  });

  it('S05 covers every byte of the quote: none can be changed', async () => {
    const honest = mintQuote(keyOf('ecdsa-p256'), { qualifyingData: BINDING, bank: 'sha256', pcrs: PCRS });
    for (let at = 0; at < honest.quote.length; at++) {
      const quote = Uint8Array.from(honest.quote, (byte, i) => (i === at ? byte ^ 0x10 : byte));
      const verification = Promise.resolve().then(() =>
        verifyTpmQuote(parseTpmQuote({ ...honest, quote }), {
          qualifyingData: BINDING,
          bank: 'sha256',
          pcrSelection: [4],
        }),
      );
      const error = await verification.catch((reason: unknown) => reason);
      expect(error instanceof TpmNotGenuineError || error instanceof TpmFormatError, `byte ${at}`).toBe(true);
    }
  });

  it('S09 a PCR index that no TPM has is malformed', () => {
    const honest = mintQuote(keyOf('ecdsa-p256'), { qualifyingData: BINDING, bank: 'sha256', pcrs: PCRS });
    for (const pcr of [-1, 32, 4.5, Number.NaN]) {
      expect(() => parseTpmQuote({ ...honest, pcrs: new Map([[pcr, new Uint8Array(32)]]) })).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
  });
});
