import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { fromHex, toBase64url, toHex, type Bytes } from '@asterism/bytes';
import type { EvidenceRequest, QuotedVariant, TrustAnchor } from '@asterism/contracts';
import {
  ATTESTATION_KEY_ATTRIBUTES,
  AZURE_VTPM_ROOTS,
  decodeAttest,
  encodePublic,
  encodeSignature,
  GOOGLE_VTPM_ROOTS,
  parseHclReport,
  parseRuntimeData,
  toHclAkPublic,
  toObjectAttributes,
  writtenEventLog,
} from '@asterism/tpm';
import { ecdsaDerToRaw, parsePem } from '@asterism/x509';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  NO_COLLATERAL,
  parseEvidence,
  readCollateral,
  VENDOR_ROOTS,
  verifyEvidence,
  type Collateral,
  type VerificationExpectations,
} from '../index.ts';
import { requireVouchedKey } from './bindings.ts';
import { verifyLog } from './verify-log.ts';
import { verifySnpSection } from './verify-snp.ts';

const has = (...path: string[]) => existsSync(join(VECTORS, ...path));
const read = (...path: string[]): Bytes => new Uint8Array(readFileSync(join(VECTORS, ...path)));
const text = (...path: string[]): string => readFileSync(join(VECTORS, ...path), 'utf8');
const base64url = (...path: string[]): string => toBase64url(read(...path));

/** Certificates of a file, PEM or DER. */
const certificatesIn = (...path: string[]): string[] =>
  (path.at(-1)?.endsWith('.der') ? [read(...path)] : parsePem(text(...path))).map(toBase64url);
const pcrsOf = (values: Readonly<Record<string, string>> | readonly string[]) =>
  Object.fromEntries(Object.entries(values).map(([pcr, value]) => [pcr, toBase64url(fromHex(value))]));

interface Case {
  readonly evidence: { readonly variant: string; readonly format: string; readonly parts: object };
  readonly binding: Bytes;
  readonly request: EvidenceRequest;
  readonly at: Date;
}

const format = 'asterism/evidence/v1';
const ALL_PCRS = Array.from({ length: 24 }, (_, pcr) => pcr);

/** What the maker of a vector asked to have quoted stands in for our binding. */
function bindingOf(quote: Bytes): Bytes {
  return new Uint8Array(decodeAttest(quote).extraData);
}

function azureQuote(name: string) {
  // One edit has made the runtime data of this one unreadable: it was the other's.
  const source = name === 'azure-snp-vtpm/neg-akpub-broken' ? 'azure-snp-vtpm/milan-v2' : name;
  const hcl = parseHclReport(read(source, 'hcl-report.bin'));
  const akPublic = encodePublic(toHclAkPublic(parseRuntimeData(hcl.runtimeData).akPublic));
  const signature = encodeSignature({
    scheme: 'rsassa',
    hash: 'sha256',
    signature: read(name, 'tpm-quote.sig'),
  });
  return {
    quote: base64url(name, 'tpm-quote.msg'),
    signature: toBase64url(signature),
    akPublic: toBase64url(akPublic),
    pcrs: pcrsOf(JSON.parse(text(name, 'pcrs.json')).sha256),
  };
}

function azure(name: string, variant: QuotedVariant, more: object, at: string): Case {
  return {
    evidence: { variant, format, parts: { ...azureQuote(name), ...more } },
    binding: bindingOf(read(name, 'tpm-quote.msg')),
    request: { variant, bank: 'sha256', pcrs: ALL_PCRS },
    at: new Date(at),
  };
}

function gcp(name: string, at: string): Case {
  const { pcrs, ak_pubkeys } = JSON.parse(text(name, 'evidence.json'));
  const point = { x: fromHex(ak_pubkeys.ecc_p256.x), y: fromHex(ak_pubkeys.ecc_p256.y) };
  const raw = ecdsaDerToRaw(read(name, 'quote.sig.der'), 'P-256');
  // The capture gives the bare key; what a TPM says of it beside is that of an honest one.
  const akPublic = encodePublic({
    type: 'ecc',
    nameAlg: 'sha256',
    attributes: toObjectAttributes(ATTESTATION_KEY_ATTRIBUTES),
    authPolicy: new Uint8Array(),
    symmetric: null,
    scheme: { scheme: 'ecdsa', hash: 'sha256' },
    curve: 'p256',
    ...point,
  });
  const signature = encodeSignature({
    scheme: 'ecdsa',
    hash: 'sha256',
    r: raw.slice(0, 32),
    s: raw.slice(32),
  });
  const variant = 'gcp-sev-es';
  return {
    evidence: {
      variant,
      format,
      parts: {
        quote: base64url(name, 'quote.msg'),
        signature: toBase64url(signature),
        akPublic: toBase64url(akPublic),
        pcrs: pcrsOf(pcrs.sha256),
        akCertificates: certificatesIn(name, 'ak-cert-chain.pem'),
      },
    },
    binding: bindingOf(read(name, 'quote.msg')),
    request: { variant, bank: 'sha256', pcrs: ALL_PCRS },
    at: new Date(at),
  };
}

async function verify(
  { evidence, binding, request, at }: Case,
  change: Partial<VerificationExpectations> & {
    readonly roots?: never;
    readonly ak?: readonly TrustAnchor[];
  } = {},
) {
  const { ak = [], ...more } = change;
  return verifyEvidence(parseEvidence(evidence), {
    binding,
    request,
    activated: null,
    ekPublic: null,
    anchors: { endorsement: [], attestation: ak },
    roots: VENDOR_ROOTS,
    collateral: NO_COLLATERAL,
    now: at,
    ...more,
  });
}

const AZURE_TDX = 'azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03';
const AZURE_TDX_AT = '2026-02-18T14:04:40Z';
const tdxParts = (name: string) => ({
  hclReport: base64url(name, 'hcl-report.bin'),
  tdQuote: base64url(name, 'td-quote.bin'),
});
const collateralOf = (name: string): Promise<Collateral> =>
  readCollateral([{ name: 'collateral.json', bytes: read(name, 'collateral.json') }]);

describe.skipIf(!VECTORS_PRESENT)('captures of Azure', () => {
  it('a trust domain with its vTPM is genuine, by Intel’s collateral of its time', async () => {
    const genuine = azure(AZURE_TDX, 'azure-tdx', tdxParts(AZURE_TDX), AZURE_TDX_AT);
    const collateral = await collateralOf(AZURE_TDX);
    const verified = await verify(genuine, { collateral });
    expect(verified.tdx?.quote.tcbStatus).toBe('UpToDate');
    expect(verified.identity).toMatch(/^[0-9a-f]{64}$/);
    await expect(verify(genuine)).rejects.toMatchObject({ code: 'collateral-missing' });
    const late = { ...genuine, at: new Date('2026-06-01T00:00:00Z') };
    await expect(verify(late, { collateral })).rejects.toMatchObject({ code: 'collateral-expired' });
    const other = { ...genuine, binding: new Uint8Array(32).fill(1) };
    await expect(verify(other, { collateral })).rejects.toMatchObject({ code: 'binding-mismatch' });
  });

  it('a quote of another trust domain beside it is refused', async () => {
    const name = 'azure-tdx-vtpm/neg-td-quote-of-other-vm';
    const mixed = azure(name, 'azure-tdx', tdxParts(name), AZURE_TDX_AT);
    const collateral = await collateralOf(AZURE_TDX);
    await expect(verify(mixed, { collateral })).rejects.toMatchObject({ code: 'runtime-data-mismatch' });
  });

  it('Trusted Launch rests on the certificate of its attestation key', async () => {
    const chain = ['ak-cert.der', 'ak-intermediate-0.pem', 'ak-root.pem'];
    const akCertificates = chain.flatMap((file) => certificatesIn(AZURE_TDX, file));
    const genuine = azure(AZURE_TDX, 'azure-trusted-launch', { akCertificates }, AZURE_TDX_AT);
    const { quote } = await verify(genuine, { ak: AZURE_VTPM_ROOTS });
    expect(quote?.attestationCertificate).toMatchObject({
      kind: 'trusted',
      anchor: { name: AZURE_VTPM_ROOTS[0]?.name },
    });
    const foreign = await verify(genuine, { ak: GOOGLE_VTPM_ROOTS });
    expect(foreign.quote?.attestationCertificate).toMatchObject({ kind: 'untrusted' });
  });

  it('an AK certificate with another intermediate is not trusted', async () => {
    const name = 'azure-tdx-vtpm/neg-ak-cert-wrong-intermediate';
    const chain = ['ak-cert.der', 'ak-intermediate-0.pem', 'ak-root.pem'];
    const akCertificates = chain.flatMap((file) => certificatesIn(name, file));
    const wrong = azure(name, 'azure-trusted-launch', { akCertificates }, AZURE_TDX_AT);
    const { quote } = await verify(wrong, { ak: AZURE_VTPM_ROOTS });
    expect(quote?.attestationCertificate).toMatchObject({ kind: 'untrusted' });
  });

  it.each([
    ['azure-snp-vtpm/genoa-v3', '2025-02-23T02:21:48Z', 'genuine'],
    ['azure-snp-vtpm/milan-v2', '2023-06-01T21:22:19Z', 'genuine'],
    ['azure-snp-vtpm/milan-v3-evidence-v1', '2025-02-27T16:26:55Z', 'genuine'],
    ['azure-snp-vtpm/neg-akpub-broken', '2023-06-01T21:22:19Z', 'part-malformed'],
    ['azure-snp-vtpm/neg-hcl-report-tcb-zeroed', '2023-06-01T21:22:19Z', 'snp-report-invalid'],
  ])('%s: report and runtime data are %s %s', async (name, at, outcome) => {
    // Their nonces are no bindings, so the quote's own verification is left to its room.
    const parts = { hclReport: base64url(name, 'hcl-report.bin') };
    const certificates = ['vcek.pem', 'ask.pem', 'ark.pem'].flatMap((file) => certificatesIn(name, file));
    const { evidence } = azure(name, 'azure-sev-snp', { ...parts, certificates }, at);
    const code = await (async () => {
      const parsed = parseEvidence(evidence);
      if (parsed.variant !== 'azure-sev-snp') throw new Error(parsed.variant);
      const expected = { roots: VENDOR_ROOTS, collateral: NO_COLLATERAL, now: new Date(at) };
      const { report } = await verifySnpSection(parsed, expected as VerificationExpectations);
      await requireVouchedKey(parsed, report.report.reportData, new Uint8Array(32));
      return 'genuine';
    })().catch((error: { code: string }) => error.code);
    expect(code).toBe(outcome);
  });
});

describe.skipIf(!VECTORS_PRESENT)('captures of Google', () => {
  it('a vTPM with its AK certificate is genuine and names its instance', async () => {
    const verified = await verify(gcp('gcp/vaportpm-amd-ecc-ak', '2026-02-02T08:00:00Z'), {
      ak: GOOGLE_VTPM_ROOTS,
    });
    expect(verified.quote?.attestationCertificate).toMatchObject({ kind: 'trusted' });
    expect(verified.quote?.attestationCertificate).toHaveProperty('instance.zone');
  });

  it('another key, chain or nonce is refused or not trusted', async () => {
    const at = '2026-02-02T08:00:00Z';
    const chain = await verify(gcp('gcp/neg-ak-chain-wrong-intermediate', at), { ak: GOOGLE_VTPM_ROOTS });
    expect(chain.quote?.attestationCertificate).toMatchObject({ kind: 'untrusted' });
    await expect(verify(gcp('gcp/neg-ak-pub-swapped', at))).rejects.toMatchObject({ code: 'quote-invalid' });
    const { nonce } = JSON.parse(text('gcp/neg-nonce', 'evidence.json'));
    const asked = { ...gcp('gcp/neg-nonce', at), binding: fromHex(nonce) };
    const other = { ...asked, binding: new Uint8Array(32) };
    await expect(verify(other)).rejects.toMatchObject({ code: 'binding-mismatch' });
  });

  it('the log of a trust domain replays to its registers', async () => {
    const name = 'gcp/tdx-cos113-ccel';
    const log = toBase64url(writtenEventLog(read(name, 'ccel_data.bin')));
    const quote = base64url(name, 'td-quote.bin');
    const parsed = parseEvidence({ variant: 'tdx', format, parts: { quote, eventLog: log } });
    if (parsed.variant !== 'tdx' || parsed.eventLog === null) throw new Error('no log');
    const { rtmr0, rtmr1, rtmr2, rtmr3 } = parsed.tdx.report;
    const registers = [rtmr0, rtmr1, rtmr2, rtmr3].map((value, index) => [index + 1, value] as const);
    await verifyLog(parsed.eventLog, 'sha384', new Map(registers));
    const moved = new Map([...registers, [2, rtmr0] as const]);
    await expect(verifyLog(parsed.eventLog, 'sha384', moved)).rejects.toMatchObject({
      code: 'event-log-mismatch',
    });
  });
});

describe.skipIf(!VECTORS_PRESENT)('captures of AWS', () => {
  const NAME = 'aws/nitrotpm-vaportpm-with-tpm-quote';
  const document = (name: string, at: string): Case => {
    const file = has(name, 'document.cbor') ? 'document.cbor' : 'nitrotpm-document.cbor';
    const { nonce } = has(name, 'evidence.json')
      ? JSON.parse(text(name, 'evidence.json'))
      : { nonce: '00'.repeat(32) };
    return {
      evidence: { variant: 'aws-nitro-tpm', format, parts: { document: base64url(name, file) } },
      binding: fromHex(nonce),
      request: { variant: 'aws-nitro-tpm' },
      at: new Date(at),
    };
  };

  it('a document of NitroTPM is genuine over its nonce, and over no other', async () => {
    const genuine = document(NAME, '2026-02-03T11:00:00Z');
    const verified = await verify(genuine);
    expect(verified.nitro?.document.moduleId).toMatch(/^i-/);
    expect(toHex(verified.nitro?.document.pcrs.get(4) ?? new Uint8Array())).toMatch(/^[0-9a-f]{96}$/);
    const other = { ...genuine, binding: new Uint8Array(32) };
    await expect(verify(other)).rejects.toMatchObject({ code: 'binding-mismatch' });
  });

  it.each([
    ['aws/neg-nitrotpm-expired', '2026-02-04T11:00:00Z', 'nitro-document-invalid'],
    ['aws/enclave-evervault-valid', '2022-10-13T08:58:02Z', 'nitro-document-invalid'],
    ['aws/neg-enclave-eternis-invalid-signature', '2024-07-23T21:29:40Z', 'nitro-document-invalid'],
    ['aws/neg-enclave-truncated', '2022-10-13T08:58:02Z', 'part-malformed'],
  ])('%s at %s: %s', async (name, at, code) => {
    const judged = (async () => verify(document(name, at)))();
    await expect(judged).rejects.toMatchObject({ code });
  });
});
