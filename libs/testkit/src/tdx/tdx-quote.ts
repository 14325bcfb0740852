import { concat, fromHex, sha256, toHex, type Bytes } from '@asterism/bytes';
import {
  encodeTdxQuote,
  parseTdxQuote,
  type EnclaveReport,
  type TdReport,
  type TdxQuote,
} from '@asterism/tdx';
import { ecdsaDerToRaw } from '@asterism/x509';
import type { MintKey } from '../x509/mint-key.ts';
import { UP_TO_DATE } from './tdx-documents.ts';

/** What a TD reports that boots without debugging under a module that is up to date; the register values are chosen. */
export function tdReportOf(reportData: Uint8Array): TdReport {
  const register = (fill: number) => new Uint8Array(48).fill(fill);
  return {
    teeTcbSvn: Uint8Array.of(UP_TO_DATE.module, 1, 8, ...new Uint8Array(13)),
    mrSeam: register(0xa5),
    mrSignerSeam: register(0),
    seamAttributes: new Uint8Array(8),
    // SEPT_VE_DISABLE.
    tdAttributes: Uint8Array.of(0, 0, 0, 0x10, 0, 0, 0, 0),
    xfam: Uint8Array.of(0xe7, 0x00, 0x06, 0, 0, 0, 0, 0),
    mrTd: register(0x11),
    mrConfigId: register(0),
    mrOwner: register(0),
    mrOwnerConfig: register(0),
    rtmr0: register(0x20),
    rtmr1: register(0x21),
    rtmr2: register(0x22),
    rtmr3: register(0),
    reportData: concat(reportData, new Uint8Array(64 - reportData.length)),
    tdx15: undefined,
  };
}

/** What TDX 1.5 adds to it. */
export const MINT_TDX15: NonNullable<TdReport['tdx15']> = {
  teeTcbSvn2: Uint8Array.of(UP_TO_DATE.module, 1, 8, ...new Uint8Array(13)),
  mrServiceTd: new Uint8Array(48),
};

/** What Intel's quoting enclave reports of itself. */
export function qeReportOf(reportData: Uint8Array): EnclaveReport {
  return {
    cpuSvn: new Uint8Array(16).fill(8),
    miscSelect: new Uint8Array(4),
    reserved1: new Uint8Array(28),
    attributes: Uint8Array.of(0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0),
    mrEnclave: new Uint8Array(32).fill(0x0e),
    reserved2: new Uint8Array(32),
    mrSigner: new Uint8Array(32).fill(0xdc),
    reserved3: new Uint8Array(96),
    isvProdId: 2,
    isvSvn: UP_TO_DATE.qe,
    reserved4: new Uint8Array(60),
    reportData: concat(reportData, new Uint8Array(64 - reportData.length)),
  };
}

export interface TdxQuoteOptions {
  /** v4 unless said; a report with TDX 1.5 fields takes v5. */
  readonly version?: 4 | 5;
  readonly report?: Partial<TdReport>;
  readonly header?: Partial<Pick<TdxQuote, 'qeSvn' | 'pceSvn' | 'qeVendorId' | 'userData'>>;
  /** Signed with the rest of the QE report. */
  readonly qeReport?: Partial<EnclaveReport>;
  readonly qeAuthData?: Uint8Array;
  readonly trailing?: Bytes;
  /** What the enclave vouches for; the attestation key unless said. */
  readonly vouchedKey?: Uint8Array;
  /** Changes after everything was signed. */
  readonly spoil?: (signed: TdxQuote) => Partial<TdxQuote>;
}

export interface QuoteKeys {
  readonly attestation: MintKey;
  readonly pck: MintKey;
  /** Signatures of the PCK by the QE report: an enclave is certified once, and shows the same one in every quote. */
  readonly certified: Map<string, Bytes>;
}

const INTEL_QE_VENDOR = fromHex('939a7233f79c4ca9940a0db3957f0607');

/** Signs a quote as the quoting enclave does, whatever it says. */
export async function signQuote(
  reportData: Uint8Array,
  keys: QuoteKeys,
  pckChain: Bytes,
  options: TdxQuoteOptions = {},
): Promise<Bytes> {
  const { qeAuthData = Uint8Array.from({ length: 32 }, (_, i) => i), spoil } = options;
  const report = { ...tdReportOf(reportData), ...options.report };
  const attestationKey = pointOf(keys.attestation);
  const vouched = await sha256(concat(options.vouchedKey ?? attestationKey, qeAuthData));
  const unsigned: TdxQuote = {
    version: options.version ?? (report.tdx15 === undefined ? 4 : 5),
    qeSvn: 0,
    pceSvn: 0,
    qeVendorId: INTEL_QE_VENDOR,
    userData: new Uint8Array(20),
    ...options.header,
    report,
    signature: new Uint8Array(64),
    attestationKey,
    qeReport: { ...qeReportOf(vouched), ...options.qeReport },
    qeReportSignature: new Uint8Array(64),
    qeAuthData: new Uint8Array(qeAuthData),
    pckChain,
    trailing: options.trailing ?? new Uint8Array(),
  };
  // The very bytes that a verifier will read.
  const { signed, qeReportBytes } = parseTdxQuote(
    encodeTdxQuote({ ...unsigned, qeVendorId: INTEL_QE_VENDOR }),
  );
  const quote = {
    ...unsigned,
    signature: await signRaw(keys.attestation, signed),
    qeReportSignature: await certify(keys, qeReportBytes),
  };
  return encodeTdxQuote({ ...quote, ...spoil?.(quote) });
}

async function certify({ pck, certified }: QuoteKeys, qeReport: Bytes): Promise<Bytes> {
  const signature = certified.get(toHex(qeReport)) ?? (await signRaw(pck, qeReport));
  certified.set(toHex(qeReport), signature);
  return signature;
}

/** `x ‖ y` of a P-256 key: the end of its SubjectPublicKeyInfo. */
export function pointOf({ spki }: MintKey): Bytes {
  return spki.slice(-64);
}

/** `r ‖ s`; the formats have room for P-256 only, so that a key of another kind leaves zeros. */
export async function signRaw(key: MintKey, data: Uint8Array): Promise<Bytes> {
  if (key.kind !== 'ecdsa-p256') return new Uint8Array(64);
  return ecdsaDerToRaw(await key.sign(data), 'P-256');
}
