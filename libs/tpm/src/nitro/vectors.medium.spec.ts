import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { ATTESTATION_KEY_ATTRIBUTES } from '../quote/attestation-key.ts';
import { fromHex, toHex, type Bytes } from '@asterism/bytes';
import { ecdsaDerToRaw, parseCertificate, parsePem, spkiSha256 } from '@asterism/x509';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodeCoseSign1,
  encodeNitroDocument,
  encodePublic,
  encodeSignature,
  NITRO_ROOTS,
  parseNitroDocument,
  parseTpmQuote,
  toObjectAttributes,
  verifyNitroDocument,
  verifyTpmQuote,
  type NitroDocument,
  type VerifiedTpmQuote,
} from '../index.ts';
import { isCborMap } from './cbor/cbor.ts';
import { decodeCbor } from './cbor/decode-cbor.ts';

interface Vector {
  readonly id: string;
  readonly verifyAt: string;
  readonly expected: {
    readonly outcome: 'accept' | 'reject';
    readonly nonce?: string;
    readonly reason?: string;
    readonly fields: Readonly<Record<string, unknown>>;
  };
}

const bytesOf = (...path: string[]): Bytes => new Uint8Array(readFileSync(join(VECTORS, ...path)));
const jsonOf = (...path: string[]) => JSON.parse(readFileSync(join(VECTORS, ...path), 'utf8'));
const vectorOf = (id: string): Vector => jsonOf(id, 'vector.json');

function documentOf(id: string): Bytes {
  const file = ['document.cbor', 'nitrotpm-document.cbor'].find((name) =>
    existsSync(join(VECTORS, id, name)),
  );
  return bytesOf(id, file ?? 'document.cbor');
}

const verify = (id: string) =>
  verifyNitroDocument(parseNitroDocument(documentOf(id)), {
    kinds: ['enclave', 'nitro-tpm'],
    roots: NITRO_ROOTS,
    at: new Date(vectorOf(id).verifyAt),
  });

const hexOrNull = (bytes: Bytes | null) => (bytes === null ? null : toHex(bytes));
const seconds = (date: Date) => date.toISOString().replace('.000Z', '+00:00');

/** A document under the names of the manifest. */
function fieldsOf(bytes: Bytes): Record<string, unknown> {
  const { document, sign1 } = parseNitroDocument(bytes);
  const payload = decodeCbor(sign1.payload);
  const certificates = [document.certificate, ...document.cabundle].map(parseCertificate);
  const [leaf] = certificates;
  const latest = Math.max(...certificates.map(({ notBefore }) => notBefore.getTime()));
  const first = Math.min(...certificates.map(({ notAfter }) => notAfter.getTime()));
  return {
    moduleId: document.moduleId,
    digest: document.digest,
    timestamp: document.timestamp,
    timestampIso: new Date(document.timestamp).toISOString().replace('Z', '000+00:00'),
    pcrs: Object.fromEntries([...document.pcrs].map(([pcr, value]) => [String(pcr), toHex(value)])),
    pcrKey: document.kind === 'enclave' ? 'pcrs' : 'nitrotpm_pcrs',
    publicKey: hexOrNull(document.publicKey),
    userData: hexOrNull(document.userData),
    nonce: hexOrNull(document.nonce),
    leafNotBefore: leaf && seconds(leaf.notBefore),
    leafNotAfter: leaf && seconds(leaf.notAfter),
    cabundleLen: document.cabundle.length,
    protectedHex: toHex(sign1.protectedHeader),
    cborTag: sign1.tagged ? 18 : null,
    docKeys: isCborMap(payload) ? [...payload.keys()] : null,
    chainValid: [seconds(new Date(latest)), seconds(new Date(first))],
  };
}

const DOCUMENTS = [
  'aws/enclave-evervault-valid',
  'aws/neg-enclave-eternis-invalid-signature',
  'aws/neg-enclave-evervault-debug',
  'aws/neg-nitrotpm-expired',
  'aws/neg-nitrotpm-nonce',
  'aws/nitrotpm-vaportpm-with-tpm-quote',
  'atls/evervault-nitro-cert-san',
];

describe.skipIf(!VECTORS_PRESENT)('documents of real machines', () => {
  it.each(DOCUMENTS)('%s has the fields of the manifest', (id) => {
    const { fields } = vectorOf(id).expected;
    expect(fieldsOf(documentOf(id))).toEqual(fields['nitro'] ?? fields);
  });

  it.each(DOCUMENTS)('%s encodes to the bytes it was read from', (id) => {
    const bytes = documentOf(id);
    const { document, sign1 } = parseNitroDocument(bytes);
    expect(encodeNitroDocument(document)).toEqual(sign1.payload);
    expect(encodeCoseSign1(sign1)).toEqual(bytes);
  });

  it.each(DOCUMENTS.filter((id) => !id.includes('neg-')))('%s is genuine', async (id) => {
    const { document, chain } = await verify(id);
    expect(document.moduleId).toMatch(/^i-/);
    expect(chain.anchor.name).toBe('aws.nitro-enclaves');
  });

  it.each([
    ['aws/neg-enclave-eternis-invalid-signature', { code: 'signature-invalid' }],
    ['aws/neg-enclave-evervault-debug', { code: 'debug-mode' }],
    ['aws/neg-nitrotpm-expired', { code: 'chain-refused', cause: { code: 'expired' } }],
  ])('%s is refused: %o', async (id, refusal) => {
    expect(vectorOf(id).expected.outcome).toBe('reject');
    await expect(verify(id)).rejects.toMatchObject({ name: 'TpmNotGenuineError', ...refusal });
  });

  it('S09 aws/neg-enclave-truncated is malformed', () => {
    expect(() => parseNitroDocument(documentOf('aws/neg-enclave-truncated'))).toThrow(
      expect.objectContaining({ name: 'TpmFormatError', code: 'malformed' }),
    );
  });

  it('S06 an enclave document does not do where a NitroTPM is asked for', async () => {
    const { verifyAt } = vectorOf('aws/enclave-evervault-valid');
    const parsed = parseNitroDocument(documentOf('aws/enclave-evervault-valid'));
    await expect(
      verifyNitroDocument(parsed, { kinds: ['nitro-tpm'], roots: NITRO_ROOTS, at: new Date(verifyAt) }),
    ).rejects.toMatchObject({ code: 'type-wrong', got: 'enclave' });
  });

  it('the pinned root is the certificate that AWS publishes', async () => {
    const [der] = parsePem(
      readFileSync(join(VECTORS, 'trust-anchors/aws-nitro-root-g1/AWS_NitroEnclaves_Root-G1.pem'), 'utf8'),
    );
    const root = parseCertificate(der ?? new Uint8Array());
    expect(await spkiSha256(root)).toBe(NITRO_ROOTS[0]?.spkiSha256);
    expect(root.subject.text).toContain('CN=aws.nitro-enclaves');
  });

  it('atls/evervault-nitro-cert-san: the document is in the certificate, and its user data is the key', () => {
    const id = 'atls/evervault-nitro-cert-san';
    const [der] = parsePem(readFileSync(join(VECTORS, id, 'cert.pem'), 'utf8'));
    const certificate = parseCertificate(der ?? new Uint8Array());
    const { userData } = parseNitroDocument(documentOf(id)).document;
    expect(certificate.spki).toEqual(userData);
    const names = certificate.subjectAltNames.map((name) => (name.type === 'dns' ? name.value : ''));
    expect(names.some((name) => name.replaceAll('.', '').includes(toHex(documentOf(id))))).toBe(true);
  });
});

interface Evidence {
  readonly document: NitroDocument;
  readonly quote: Promise<VerifiedTpmQuote>;
}

/** NitroTPM document and TPM quote of one machine: the key that quotes is the document's `public_key`. */
async function evidenceOf(id: string): Promise<Evidence> {
  const { document } = await verify(id);
  const { pcrs, ak_pubkeys: keys } = jsonOf(id, 'evidence.json');
  const point = { x: fromHex(keys.ecc_p256.x), y: fromHex(keys.ecc_p256.y) };
  const raw = ecdsaDerToRaw(bytesOf(id, 'quote.sig.der'), 'P-256');
  const values = new Map(
    Object.entries<string>(pcrs.sha384).map(([pcr, value]) => [Number(pcr), fromHex(value)]),
  );
  const parsed = parseTpmQuote({
    quote: bytesOf(id, 'quote.msg'),
    signature: encodeSignature({ scheme: 'ecdsa', hash: 'sha256', r: raw.slice(0, 32), s: raw.slice(32) }),
    // The capture has the bare key; the attributes are those of an honest one.
    akPublic: encodePublic({
      type: 'ecc',
      nameAlg: 'sha256',
      attributes: toObjectAttributes([...ATTESTATION_KEY_ATTRIBUTES, 'userWithAuth']),
      authPolicy: new Uint8Array(),
      symmetric: null,
      scheme: { scheme: 'ecdsa', hash: 'sha256' },
      curve: 'p256',
      ...point,
    }),
    pcrs: values,
  });
  expect(toHex(document.publicKey ?? new Uint8Array())).toBe(`04${toHex(point.x)}${toHex(point.y)}`);
  const quote = verifyTpmQuote(parsed, {
    qualifyingData: fromHex(vectorOf(id).expected.nonce ?? ''),
    bank: 'sha384',
    pcrSelection: Array.from({ length: 24 }, (_, pcr) => pcr),
  });
  return { document, quote };
}

describe.skipIf(!VECTORS_PRESENT)('a NitroTPM document with a TPM quote', () => {
  it('aws/nitrotpm-vaportpm-with-tpm-quote: nonce, key and PCRs are those of the quote', async () => {
    const id = 'aws/nitrotpm-vaportpm-with-tpm-quote';
    const { document, quote } = await evidenceOf(id);
    const { pcrs } = await quote;
    expect(toHex(document.nonce ?? new Uint8Array())).toBe(vectorOf(id).expected.nonce);
    expect([...document.pcrs]).toEqual([...pcrs]);
  });

  it('S01 aws/neg-nitrotpm-nonce: neither the document nor the quote is bound to the nonce', async () => {
    const id = 'aws/neg-nitrotpm-nonce';
    const { document, quote } = await evidenceOf(id);
    await expect(quote).rejects.toMatchObject({ code: 'qualifying-data-mismatch' });
    expect(toHex(document.nonce ?? new Uint8Array())).not.toBe(vectorOf(id).expected.nonce);
  });

  it('S05 aws/neg-nitrotpm-pcr-changed: PCR values beside the document are not the quoted ones', async () => {
    const id = 'aws/neg-nitrotpm-pcr-changed';
    const { document, quote } = await evidenceOf(id);
    await expect(quote).rejects.toMatchObject({ code: 'pcr-digest-mismatch' });
    const sent = jsonOf(id, 'evidence.json').pcrs.sha384;
    expect([...document.pcrs].filter(([pcr, value]) => sent[pcr] !== toHex(value))).toHaveLength(1);
  });
});
