import { toHex, utf8, type Bytes } from '@asterism/bytes';
import {
  collateralFromPcs,
  type PckCa,
  type PckExtensions,
  type PcsAnswer,
  type PcsAnswers,
  type TdxCollateral,
} from '@asterism/tdx';
import { toPem, type Certificate, type TrustAnchor } from '@asterism/x509';
import { basicConstraints, commonName, keyUsage } from '../x509/mint-certificate.ts';
import type { MintedIssuer } from '../x509/mint-chain.ts';
import { mintCrl, type CrlOptions } from '../x509/mint-crl.ts';
import { mintKey, type MintKey, type MintKeyKind } from '../x509/mint-key.ts';
import { MINT_AT, type Spoil } from '../x509/mint-template.ts';
import { sgxExtension, sgxParts, type SgxPart } from './sgx-extension.ts';
import {
  qeIdentityOf,
  tcbInfoOf,
  type DocumentDates,
  type QeIdentityJson,
  type TcbInfoJson,
} from './tdx-documents.ts';
import type { MintedTdxPki } from './tdx-pki.ts';
import { qeReportOf, signQuote, signRaw, tdReportOf, type TdxQuoteOptions } from './tdx-quote.ts';

export interface TdxMachineOptions {
  /** Issuer of the PCK certificate; the platform CA unless said. */
  readonly ca?: PckCa;
  readonly fields?: Partial<PckExtensions>;
  /** Changes the SGX extension below the level of its fields. */
  readonly sgxParts?: (genuine: readonly SgxPart[]) => readonly SgxPart[];
  readonly pck?: Spoil;
  readonly pckKey?: MintKeyKind;
}

export interface TdxCollateralOptions extends Partial<DocumentDates> {
  readonly tcbInfo?: (genuine: TcbInfoJson) => Readonly<Record<string, unknown>> | TcbInfoJson;
  readonly qeIdentity?: (genuine: QeIdentityJson) => Readonly<Record<string, unknown>> | QeIdentityJson;
  readonly rootCrl?: CrlOptions;
  readonly pckCrl?: CrlOptions;
  /** The PCK list of this CA; the machine's unless said. */
  readonly pckCrlOf?: PckCa;
  /** Signs the documents, with the certificates that come along; the TCB signer unless said. */
  readonly signer?: MintedIssuer;
}

/** A TDX platform that exists only as code. */
export interface MintedTdxMachine {
  readonly pki: MintedTdxPki;
  readonly fields: PckExtensions;
  readonly pck: Certificate;
  readonly pckKey: MintKey;
  readonly attestationKey: MintKey;
  /** PEM of the PCK chain as quotes carry it. */
  readonly pckChain: Bytes;
  readonly anchors: readonly TrustAnchor[];
  /** A time at which all of it is valid. */
  readonly at: Date;
  /** The report data may be shorter than 64 bytes; zeros follow. */
  quote(reportData?: Uint8Array, options?: TdxQuoteOptions): Promise<Bytes>;
  /** What Intel's PCS answers for this platform, fresh at `at` unless the options say otherwise. */
  answers(options?: TdxCollateralOptions): Promise<Required<PcsAnswers>>;
  collateral(options?: TdxCollateralOptions): Promise<TdxCollateral>;
}

const DATES: DocumentDates = {
  issueDate: new Date('2026-05-20T00:00:00Z'),
  nextUpdate: new Date('2026-06-20T00:00:00Z'),
};

/** A machine of the issuers', but for what the options spoil. */
export async function mintTdxMachine(
  pki: MintedTdxPki,
  options: TdxMachineOptions = {},
): Promise<MintedTdxMachine> {
  const { ca = 'platform' } = options;
  const issuer = pki.pckCas[ca];
  const fields = { ...fieldsOfPlatform(), ...options.fields };
  const parts = sgxParts(fields);
  const pck = await pki.issue(
    {
      subject: commonName('Intel SGX PCK Certificate'),
      key: await mintKey(options.pckKey),
      issuer: issuer.certificate.subject.der,
      signer: issuer.key,
      serial: 1000,
      extensions: [basicConstraints(false), keyUsage(0, 1), sgxExtension(options.sgxParts?.(parts) ?? parts)],
    },
    options.pck,
  );
  const attestationKey = await mintKey();
  const keys = { attestation: attestationKey, pck: pck.key, certified: new Map<string, Bytes>() };
  const pckChain = pemOf([pck, issuer, pki.root]);
  const answers = (order: TdxCollateralOptions = {}) => answersOf(pki, ca, fields, order);
  return {
    pki,
    fields,
    pck: pck.certificate,
    pckKey: pck.key,
    attestationKey,
    pckChain: utf8(pckChain),
    anchors: pki.anchors,
    at: MINT_AT,
    quote: (reportData = new Uint8Array(), order = {}) => signQuote(reportData, keys, utf8(pckChain), order),
    answers,
    collateral: async (order) => collateralFromPcs(await answers(order)),
  };
}

async function answersOf(
  pki: MintedTdxPki,
  ca: PckCa,
  fields: PckExtensions,
  options: TdxCollateralOptions,
): Promise<Required<PcsAnswers>> {
  const dates = { ...DATES, ...options };
  const { issueDate: thisUpdate, nextUpdate } = dates;
  const signer = options.signer ?? pki.tcbSigner;
  const issuerChain = encodeURIComponent(pemOf([signer, pki.root]));
  const answer = async (name: string, content: object): Promise<PcsAnswer> => {
    const text = JSON.stringify(content);
    const signature = toHex(await signRaw(signer.key, utf8(text)));
    return { body: `{"${name}":${text},"signature":"${signature}"}`, issuerChain };
  };
  const tcbInfo = tcbInfoOf(fields, tdReportOf(new Uint8Array()).teeTcbSvn, dates);
  const qeIdentity = qeIdentityOf(qeReportOf(new Uint8Array()), dates);
  const pckCa = pki.pckCas[options.pckCrlOf ?? ca];
  return {
    rootCaCrl: (await mintCrl(pki.root, { thisUpdate, nextUpdate, ...options.rootCrl })).der,
    pckCrl: (await mintCrl(pckCa, { thisUpdate, nextUpdate, ...options.pckCrl })).der,
    tcbInfo: await answer('tcbInfo', options.tcbInfo?.(tcbInfo) ?? tcbInfo),
    qeIdentity: await answer('enclaveIdentity', options.qeIdentity?.(qeIdentity) ?? qeIdentity),
  };
}

function fieldsOfPlatform(): PckExtensions {
  const componentSvns = [8, 8, 2, 2, 4, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
  return {
    ppid: crypto.getRandomValues(new Uint8Array(16)),
    componentSvns,
    pceSvn: 11,
    cpuSvn: Uint8Array.from(componentSvns),
    pceId: new Uint8Array(2),
    fmspc: Uint8Array.of(0x00, 0x80, 0x6f, 0x05, 0, 0),
    sgxType: 1,
  };
}

function pemOf(issuers: readonly MintedIssuer[]): string {
  return issuers.map(({ certificate }) => toPem(certificate.der)).join('');
}
