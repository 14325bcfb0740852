import { copyBytes, type Bytes } from '@asterism/bytes';
import {
  basicConstraints,
  commonName,
  keyUsage,
  MINT_AT,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  mintChain,
  mintCrl,
  mintKey,
  mintNitroDocument,
  withExtension,
  withoutExtension,
  type ChainOptions,
  type MintedNitroDocument,
  type NitroDocumentOrder,
} from '@asterism/testkit';
import { EXTENSION } from '@asterism/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseNitroDocument } from './parse-nitro-document.ts';
import { VerifiedNitroDocument } from './verified-nitro-document.ts';
import { verifyNitroDocument, type NitroDocumentRequest } from './verify-nitro-document.ts';

const verify = ({ bytes, chain }: MintedNitroDocument, changes: Partial<NitroDocumentRequest> = {}) =>
  verifyNitroDocument(parseNitroDocument(bytes), {
    kinds: ['enclave', 'nitro-tpm'],
    roots: chain.anchors,
    at: MINT_AT,
    ...changes,
  });

/** `genuine`, the code, or for a chain what it was refused for. */
const outcome = (verification: Promise<unknown>): Promise<string> =>
  verification.then(
    () => 'genuine',
    (error: { code: string; cause?: { code: string } }) =>
      error.code === 'chain-refused' && error.cause ? `chain-refused: ${error.cause.code}` : error.code,
  );
const mint = async (order: NitroDocumentOrder = {}, changes: Partial<NitroDocumentRequest> = {}) =>
  outcome(verify(await mintNitroDocument(order), changes));

let genuine: MintedNitroDocument;
beforeAll(async () => {
  genuine = await mintNitroDocument({ document: () => ({ nonce: new Uint8Array(32).fill(9) }) });
});

describe('a genuine document', () => {
  it('is verified with what it says', async () => {
    const { document, chain } = await verify(genuine);
    expect(document).toEqual(genuine.document);
    expect(chain.leaf).toEqual(genuine.chain.leaf);
    expect(chain.anchor).toEqual(genuine.chain.anchors[0]);
  });

  it('may have the tag of COSE', async () => {
    expect(await mint({ sign1: () => ({ tagged: true }) })).toBe('genuine');
  });

  it('S04 is the only way to a verified document', async () => {
    const verified = await verify(genuine);
    expect(VerifiedNitroDocument.isGenuine(verified)).toBe(true);
    expect(VerifiedNitroDocument.isGenuine({ ...verified })).toBe(false);
    expect(VerifiedNitroDocument.isGenuine(null)).toBe(false);
    const make = VerifiedNitroDocument as unknown as new (...parts: unknown[]) => unknown;
    expect(() => new make(Symbol('forged'), verified.document, verified.chain)).toThrow(TypeError);
  });

  it('S05 is a copy: changing the bytes it was read from changes nothing', async () => {
    const bytes = copyBytes(genuine.bytes);
    const parsed = parseNitroDocument(bytes);
    bytes.fill(0);
    const request = { kinds: ['nitro-tpm'], roots: genuine.chain.anchors, at: MINT_AT } as const;
    expect((await verifyNitroDocument(parsed, request)).document.nonce).toEqual(genuine.document.nonce);
  });

  it('S06 of another kind is refused, and so is every kind where none is named', async () => {
    expect(await outcome(verify(genuine, { kinds: ['nitro-tpm'] }))).toBe('genuine');
    expect(await outcome(verify(genuine, { kinds: ['enclave'] }))).toBe('type-wrong');
    expect(await outcome(verify(genuine, { kinds: [] }))).toBe('type-wrong');
  });
});

describe('the signature of a document', () => {
  it.each<[what: string, order: () => Promise<NitroDocumentOrder> | NitroDocumentOrder]>([
    ['by another key', async () => ({ signer: await mintKey('ecdsa-p384') })],
    ['over another payload', () => ({ sign1: ({ payload }) => ({ payload: ofAnotherModule(payload) }) })],
    ['of zeros', () => ({ sign1: () => ({ signature: new Uint8Array(96) }) })],
    ['with r and s exchanged', () => ({ sign1: ({ signature }) => ({ signature: exchanged(signature) }) })],
    ['with s of zero', () => ({ sign1: ({ signature }) => ({ signature: withZero(signature) }) })],
  ])('S05 %s is refused', async (_what, order) => {
    const verification = verify(await mintNitroDocument(await order()));
    await expect(verification).rejects.toMatchObject({
      name: 'TpmNotGenuineError',
      code: 'signature-invalid',
      message: 'document is not signed by its certificate',
    });
  });

  it('S09 by a point that is on no curve is malformed, not a crash', async () => {
    const leaf = ({ spki }: { spki: Bytes }) => ({ spki: flipLast(spki) });
    expect(await mint({ chain: { leaf } })).toBe('key-malformed');
  });

  it('S11 by a certificate of P-256 is refused', async () => {
    const chain = { keys: { leaf: 'ecdsa-p256', issuers: 'ecdsa-p384' } } as const;
    expect(await mint({ chain, signer: await mintKey('ecdsa-p384') })).toBe('algorithm-refused');
  });

  it('S11 by a certificate of RSA is refused', async () => {
    const chain = { keys: { leaf: 'rsa-2048', issuers: 'ecdsa-p384' } } as const;
    expect(await mint({ chain, signer: await mintKey('ecdsa-p384') })).toBe('algorithm-refused');
  });
});

/** A payload that still parses: the first byte of the module id is another letter. */
function ofAnotherModule(payload: Bytes): Bytes {
  const changed = copyBytes(payload);
  const at = new TextDecoder('latin1').decode(payload).indexOf('i-0123');
  changed[at] = 0x6a;
  return changed;
}

const exchanged = (signature: Bytes): Bytes =>
  new Uint8Array([...signature.slice(48), ...signature.slice(0, 48)]);
const withZero = (signature: Bytes): Bytes =>
  new Uint8Array([...signature.slice(0, 48), ...new Uint8Array(48)]);

const soon = new Date(MINT_AT.getTime() + 1000);
const before = new Date(MINT_AT.getTime() - 2000);

/** What is wrong with one certificate, by its place, and what the chain is refused for. */
const SPOILT: readonly [what: string, code: string, chain: ChainOptions][] = [
  ['leaf not yet valid', 'not-yet-valid', { leaf: () => ({ notBefore: soon }) }],
  ['leaf expired', 'expired', { leaf: () => ({ notAfter: before }) }],
  ['intermediate not yet valid', 'not-yet-valid', { intermediate: () => ({ notBefore: soon }) }],
  ['intermediate expired', 'expired', { intermediate: () => ({ notAfter: before }) }],
  ['root expired', 'expired', { root: () => ({ notAfter: before }) }],
  ['intermediate that is no CA', 'not-a-ca', { intermediate: withExtension(basicConstraints(false)) }],
  ['intermediate of version 1', 'not-a-ca', { intermediate: () => ({ version: 1, extensions: [] }) }],
  [
    'root that allows one CA below',
    'path-length-exceeded',
    { root: withExtension(basicConstraints(true, 1)) },
  ],
  ['intermediate that may not sign certificates', 'key-usage', { intermediate: withExtension(keyUsage(6)) }],
  ['leaf that may not sign', 'key-usage', { leaf: withExtension(keyUsage(2)) }],
  ['leaf without usage', 'key-usage', { leaf: withoutExtension(EXTENSION.keyUsage) }],
  ['leaf of another issuer', 'name-mismatch', { leaf: () => ({ issuer: commonName('another') }) }],
  ['leaf with a spoilt signature', 'signature-invalid', { leaf: () => ({ signature: flipLast }) }],
  [
    'intermediate with a spoilt signature',
    'signature-invalid',
    { intermediate: () => ({ signature: flipLast }) },
  ],
  ['root with a spoilt signature', 'signature-invalid', { root: () => ({ signature: flipLast }) }],
  [
    'leaf with an unknown critical extension',
    'unknown-critical-extension',
    { leaf: withExtension({ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }) },
  ],
  [
    'intermediate with an unknown critical extension',
    'unknown-critical-extension',
    { intermediate: withExtension({ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }) },
  ],
  [
    'certificates of SHA-1',
    'algorithm-refused',
    { keys: { leaf: 'ecdsa-p384', issuers: 'ecdsa-p256-sha1' } },
  ],
  [
    'certificates of a short RSA key',
    'algorithm-refused',
    { keys: { leaf: 'ecdsa-p384', issuers: 'rsa-1024' } },
  ],
];

function flipLast(signature: Bytes): Bytes {
  const changed = copyBytes(signature);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

describe('the chain of a document', () => {
  it.each(SPOILT)('S11 %s is refused: %s', async (_what, code, chain) => {
    expect(await mint({ chain })).toBe(`chain-refused: ${code}`);
  });

  it('S11 dates are those of the day of the verification', async () => {
    const early = new Date(MINT_NOT_BEFORE.getTime() - 1);
    const late = new Date(MINT_NOT_AFTER.getTime() + 1000);
    expect(await outcome(verify(genuine, { at: early }))).toBe('chain-refused: not-yet-valid');
    expect(await outcome(verify(genuine, { at: late }))).toBe('chain-refused: expired');
    expect(await outcome(verify(genuine, { at: new Date(Number.NaN) }))).toBe('argument-invalid');
  });

  it('S11 to a root that is not pinned is refused, be it of the same name', async () => {
    const { anchors } = await mintChain({ intermediates: 3, keys: 'ecdsa-p384' });
    expect(await outcome(verify(genuine, { roots: anchors }))).toBe('chain-refused: anchor-unknown');
    expect(await outcome(verify(genuine, { roots: [] }))).toBe('chain-refused: anchor-unknown');
  });

  it('S11 revoked is refused, and a stale or missing list leaves it undecided where lists are required', async () => {
    const [issuer] = genuine.chain.issuers;
    if (issuer === undefined) throw new Error('no issuer');
    const revoked = await mintCrl(issuer, { revoked: [1000] });
    expect(await outcome(verify(genuine, { crls: [revoked] }))).toBe('chain-refused: revoked');
    const clean = await mintCrl(issuer);
    const { chain } = await verify(genuine, { crls: [clean] });
    expect(chain.revocationChecked).toEqual([true, false, false, false]);
    const stale = await mintCrl(issuer, { nextUpdate: before });
    expect(await outcome(verify(genuine, { crls: [stale] }))).toBe('crl-expired');
    expect(await outcome(verify(genuine, { requireCrl: true }))).toBe('crl-missing');
  });

  const bundleOf = (change: (honest: readonly Bytes[]) => readonly Bytes[]) =>
    mint({ document: ({ cabundle }) => ({ cabundle: change(cabundle) }) });

  it('S05 certificates beside the chain, or out of their order, are refused', async () => {
    const { leaf } = await mintChain({ keys: 'ecdsa-p384' });
    expect(await bundleOf((bundle) => [...bundle, leaf.der])).toBe('chain-refused');
    expect(await bundleOf((bundle) => [...bundle].reverse())).toBe('chain-refused');
    expect(await bundleOf((bundle) => [...bundle, ...bundle.slice(0, 1)])).toBe(
      'chain-refused: duplicate-certificate',
    );
  });

  it('S11 a bundle without its root, or with a gap, is refused', async () => {
    expect(await bundleOf((bundle) => bundle.slice(1))).toBe('chain-refused: issuer-missing');
    expect(await bundleOf((bundle) => bundle.slice(0, 1))).toBe('chain-refused: issuer-missing');
  });

  it('S09 a certificate that is none is malformed, not a crash', async () => {
    const certificate = new Uint8Array(40).fill(0x30);
    expect(await mint({ document: () => ({ certificate }) })).toMatch(/^der-/);
    expect(await bundleOf((bundle) => [Uint8Array.of(0x30, 0), ...bundle])).toMatch(/^(der|certificate)-/);
  });
});
