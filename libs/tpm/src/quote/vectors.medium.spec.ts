import { VECTORS, VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { ATTESTATION_KEY_ATTRIBUTES } from './attestation-key.ts';
import { copyBytes, fromHex, sha256, type Bytes } from '@asterism/bytes';
import { ecdsaDerToRaw } from '@asterism/x509';
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHclAkPublic } from '../azure/hcl-attestation-key.ts';
import { parseHclReport } from '../azure/parse-hcl-report.ts';
import { parseRuntimeData } from '../azure/runtime-data.ts';
import { parseEventLog } from '../event-log/parse-event-log.ts';
import { verifyEventLog } from '../event-log/verify-event-log.ts';
import type { TpmNotGenuineErrorCode } from '../errors.ts';
import type { PcrBank } from '../structures/algorithms.ts';
import { decodeAttest } from '../structures/attest.ts';
import { toObjectAttributes } from '../structures/attributes.ts';
import { encodePublic, type EccPublic, type RsaPublic } from '../structures/public-area.ts';
import { encodeSignature } from '../structures/signature.ts';
import { fromSpki, type PublicKeyMaterial } from '../structures/spki.ts';
import { parseTpmQuote } from './parse-tpm-quote.ts';
import { verifyTpmQuote, type VerifiedTpmQuote } from './verify-tpm-quote.ts';

const read = (...name: string[]): Bytes => copyBytes(readFileSync(join(VECTORS, ...name)));
const readJson = (...name: string[]) => JSON.parse(readFileSync(join(VECTORS, ...name), 'utf8'));

/** Captures that give the bare key leave out what a TPM says of it; these are the attributes of an honest one. */
function areaOf(key: PublicKeyMaterial): Bytes {
  return encodePublic({
    ...key,
    nameAlg: 'sha256',
    attributes: toObjectAttributes(ATTESTATION_KEY_ATTRIBUTES),
    authPolicy: new Uint8Array(),
    symmetric: null,
    scheme: { scheme: key.type === 'rsa' ? 'rsassa' : 'ecdsa', hash: 'sha256' },
  } as RsaPublic | EccPublic);
}

function hclAk(name: string): Bytes {
  const { runtimeData } = parseHclReport(read(name, 'hcl-report.bin'));
  return encodePublic(toHclAkPublic(parseRuntimeData(runtimeData).akPublic));
}

async function bareKey(key: KeyObject): Promise<Bytes> {
  return areaOf(await fromSpki(key.export({ type: 'spki', format: 'der' })));
}

interface Capture {
  readonly quote: Bytes;
  readonly signature: Bytes;
  readonly akPublic: Bytes;
  readonly pcrs: ReadonlyMap<number, Bytes>;
}

function toPcrs(values: Record<string, string> | readonly string[]): Map<number, Bytes> {
  return new Map(Object.entries(values).map(([pcr, value]) => [Number(pcr), fromHex(value)]));
}

const bareRsa = (signature: Bytes) => encodeSignature({ scheme: 'rsassa', hash: 'sha256', signature });

function azure(name: string): Capture {
  const pcrs = existsSync(join(VECTORS, name, 'pcrs.json')) ? readJson(name, 'pcrs.json').sha256 : {};
  return {
    quote: read(name, 'tpm-quote.msg'),
    signature: bareRsa(read(name, 'tpm-quote.sig')),
    akPublic: hclAk(name),
    pcrs: toPcrs(pcrs),
  };
}

function gcp(name: string): Capture {
  const { pcrs, ak_pubkeys } = readJson(name, 'evidence.json');
  const point = { x: fromHex(ak_pubkeys.ecc_p256.x), y: fromHex(ak_pubkeys.ecc_p256.y) };
  const raw = ecdsaDerToRaw(read(name, 'quote.sig.der'), 'P-256');
  return {
    quote: read(name, 'quote.msg'),
    signature: encodeSignature({ scheme: 'ecdsa', hash: 'sha256', r: raw.slice(0, 32), s: raw.slice(32) }),
    akPublic: areaOf({ type: 'ecc', curve: 'p256', ...point }),
    pcrs: toPcrs(pcrs.sha256),
  };
}

async function plain(name: string, bank = 'sha256'): Promise<Capture> {
  const has = (file: string) => existsSync(join(VECTORS, name, file));
  const pem = () => createPublicKey(readFileSync(join(VECTORS, name, 'akpub.pem')));
  return {
    quote: read(name, 'quote.msg'),
    signature: has('quote.sig') ? bareRsa(read(name, 'quote.sig')) : read(name, 'quote.tpmt_signature'),
    akPublic: has('ak_pub.tpmt') ? read(name, 'ak_pub.tpmt') : await bareKey(pem()),
    pcrs: toPcrs(readJson(name, 'pcrs.json')[bank]),
  };
}

function cos(bank: string): Capture {
  const name = 'gcp/cos85-nonce9009';
  return {
    quote: read(name, `quote-${bank}.msg`),
    signature: read(name, `quote-${bank}.tpmt_signature`),
    akPublic: read(name, 'ak_pub.tpmt'),
    pcrs: toPcrs(readJson(name, 'vector.json').expected.fields.quotes[bank].pcrs),
  };
}

type Outcome = 'genuine' | TpmNotGenuineErrorCode;
const CASES: readonly [name: string, outcome: Outcome, open: (name: string) => Promise<Capture> | Capture][] =
  [
    ['tpm/azure-kinvolk-rsassa', 'genuine', plain],
    ['tpm/keylime-swtpm-rsassa', 'genuine', plain],
    ['tpm/neg-gcp-magic', 'magic-wrong', plain],
    ['tpm/neg-gcp-missing-pcr', 'pcr-selection-mismatch', plain],
    ['tpm/neg-gcp-pcr-changed', 'pcr-digest-mismatch', plain],
    ['tpm/neg-gcp-signature', 'signature-invalid', plain],
    ['gcp/cos85-nonce9009', 'genuine', () => cos('sha256')],
    ['gcp/vaportpm-amd-ecc-ak', 'genuine', gcp],
    ['gcp/neg-nonce', 'qualifying-data-mismatch', gcp],
    ['gcp/neg-ak-pub-swapped', 'signature-invalid', gcp],
    ['azure-snp-vtpm/genoa-v3', 'genuine', azure],
    ['azure-snp-vtpm/milan-v2', 'genuine', azure],
    ['azure-snp-vtpm/milan-v3-evidence-v1', 'genuine', azure],
    ['azure-snp-vtpm/neg-quote-of-other-vm', 'signature-invalid', azure],
    ['azure-snp-vtpm/neg-quote-signature', 'signature-invalid', azure],
    ['azure-snp-vtpm/neg-wrong-nonce', 'qualifying-data-mismatch', azure],
    ['azure-tdx-vtpm/v4-trustee', 'genuine', azure],
    ['azure-tdx-vtpm/v4-azure-90c06f-ak-global-ca03', 'genuine', azure],
    ['azure-tdx-vtpm/neg-pcr-value', 'pcr-digest-mismatch', azure],
    ['azure-tdx-vtpm/neg-quote-signature', 'signature-invalid', azure],
  ];

/** As a policy would: the bank of the capture, and all PCRs that its (first) selection names. */
function verify(
  capture: Capture,
  nonce: string,
  bank: PcrBank,
  pcrs: readonly number[],
): Promise<VerifiedTpmQuote> {
  return verifyTpmQuote(parseTpmQuote(capture), {
    qualifyingData: fromHex(nonce),
    bank,
    pcrSelection: pcrs,
  });
}

const ALL = Array.from({ length: 24 }, (_, pcr) => pcr);

function selectionOf(name: string, quote: Bytes): readonly number[] {
  if (name === 'tpm/neg-gcp-missing-pcr') return ALL;
  const { attested } = decodeAttest(quote);
  return attested.type === 'quote' ? (attested.pcrSelections[0]?.pcrs ?? []) : [];
}

describe.skipIf(!VECTORS_PRESENT)('quotes captured on real machines', () => {
  it.each(CASES)('%s: %s', async (name, outcome, open) => {
    const capture = await open(name);
    const { nonce } = readJson(name, 'vector.json').expected;
    const verification = verify(capture, nonce, 'sha256', selectionOf(name, capture.quote));
    if (outcome === 'genuine') await verification;
    else await expect(verification).rejects.toMatchObject({ name: 'TpmNotGenuineError', code: outcome });
  });

  it('gcp/dstack-tdx-plus-vtpm binds the hash of its TD quote', async () => {
    const name = 'gcp/dstack-tdx-plus-vtpm';
    const capture = {
      quote: read(name, 'tpm-quote.msg'),
      signature: read(name, 'tpm-quote.tpmt_signature'),
      akPublic: await bareKey(new X509Certificate(read(name, 'ak_cert.der')).publicKey),
      pcrs: toPcrs(readJson(name, 'pcrs.json').sha256),
    };
    const qualifyingData = await sha256(read(name, 'td-quote.bin'));
    await verifyTpmQuote(parseTpmQuote(capture), {
      qualifyingData,
      bank: 'sha256',
      pcrSelection: [0, 2, 14],
    });
  });

  it('SHA-1 is refused: as bank of a COS quote, and throughout a Windows one', async () => {
    const sha1 = 'sha1' as PcrBank;
    await expect(verify(cos('sha1'), '9009', sha1, ALL)).rejects.toMatchObject({ code: 'algorithm-refused' });
    const windows = await plain('tpm/windows-gcp-sha1', 'sha1');
    for (const bank of [sha1, 'sha256'] as const) {
      await expect(verify(windows, '', bank, ALL)).rejects.toMatchObject({ code: 'algorithm-refused' });
    }
  });

  it.each<PcrBank>(['sha256', 'sha384'])(
    'the log of a COS machine replays to its quoted PCRs of %s',
    async (bank) => {
      const { pcrs } = await verify(cos(bank), '9009', bank, ALL);
      const log = parseEventLog(read('gcp/cos85-nonce9009', 'event_log.bin'));
      const covered = new Map([...pcrs].filter(([pcr]) => log.events.some((event) => event.pcr === pcr)));
      expect(covered.size).toBeGreaterThan(7);
      await verifyEventLog(log, bank, covered);
      const moved = new Map(
        [...covered].map(([pcr, value]) => [pcr, pcr === 8 ? value.map((byte) => byte ^ 1) : value]),
      );
      await expect(verifyEventLog(log, bank, moved)).rejects.toMatchObject({
        code: 'event-log-mismatch',
        message: expect.stringContaining('PCR 8'),
      });
    },
  );

  it('the TCG 1.2 log of a Windows machine parses, and has nothing for a bank that is accepted', async () => {
    const log = parseEventLog(read('tpm/windows-gcp-sha1', 'event_log.bin'));
    expect(log).toMatchObject({ format: 'sha1', banks: ['sha1'] });
    await expect(verifyEventLog(log, 'sha256', new Map())).rejects.toMatchObject({
      code: 'event-log-mismatch',
    });
  });

  it('tpm/parse-dstack-attest has the fields that its source states', () => {
    const { expected } = readJson('tpm/parse-dstack-attest', 'vector.json');
    const attest = decodeAttest(read('tpm/parse-dstack-attest', 'quote.msg'));
    expect(attest.extraData).toEqual(fromHex(expected.fields.extraData));
    expect(attest.clockInfo.resetCount).toBe(expected.fields.resetCount);
    expect(attest.attested).toMatchObject({ type: 'quote', pcrDigest: fromHex(expected.fields.pcrDigest) });
  });
});
