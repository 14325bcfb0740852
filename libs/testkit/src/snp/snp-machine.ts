import { concat, type Bytes } from '@asterism/bytes';
import {
  CERTIFICATE_GUID,
  encodeCertificateTable,
  type AmdRoot,
  type ReportRequest,
  type ReportVersion,
  type SigningKey,
  type SnpProduct,
  type SnpReport,
  type TcbVersion,
} from '@asterism/snp';
import type { Certificate } from '@asterism/x509';
import { mintKey, type MintKey, type MintKeyKind } from '../x509/mint-key.ts';
import { MINT_AT, mintSpoilt, templateOf, type Spoil } from '../x509/mint-template.ts';
import { amdName, snpFields } from './amd-fields.ts';
import type { MintedSnpPki } from './snp-pki.ts';
import { encodeUnsigned, MINT_TCB, reportContent, signReport, type ReportOrigin } from './snp-report.ts';

export interface SnpMachineOptions {
  /** Key that signs; VCEK unless said. */
  readonly kind?: SigningKey;
  /** 64 bytes, 8 on Turin; random unless said. */
  readonly hwId?: Uint8Array;
  /** Provider that a VLEK was leased to. */
  readonly cspId?: string;
  readonly tcb?: TcbVersion;
  /** Version of the reports; 3, and 5 on Turin, unless said. */
  readonly version?: ReportVersion;
  readonly leaf?: Spoil | undefined;
  readonly leafKey?: MintKeyKind;
}

/** A processor that exists only as code: its key signs whatever a test wants. */
export interface MintedSnpMachine {
  readonly pki: MintedSnpPki;
  readonly product: SnpProduct;
  readonly kind: SigningKey;
  readonly hwId: Bytes;
  /** 64 bytes, as reports name the chip; zero under a VLEK. */
  readonly chipId: Bytes;
  readonly tcb: TcbVersion;
  /** VCEK or VLEK. */
  readonly leaf: Certificate;
  readonly leafKey: MintKey;
  /** ASK or ASVK, and ARK. */
  readonly intermediates: readonly Certificate[];
  readonly roots: readonly AmdRoot[];
  /** A time at which the chain is valid. */
  readonly at: Date;
  /** What `report` signs. The report data may be shorter than 64 bytes; zeros follow. */
  content(reportData?: Uint8Array, changes?: Partial<SnpReport>): SnpReport;
  /** A report of 1184 bytes, signed. A boot has one REPORT_ID: change it for another. */
  report(reportData?: Uint8Array, changes?: Partial<SnpReport>): Promise<Bytes>;
  /** Signs a report's first 672 bytes, whatever they say. */
  sign(signed: Uint8Array): Promise<Bytes>;
  /** How `verifyReport` is asked, without revocation lists. */
  request(report: Uint8Array): ReportRequest;
  /** What a host puts beside an extended report: the three certificates. */
  certificateTable(): Bytes;
  /** The same chip after an update of its firmware: another key, another certificate. */
  updated(tcb: TcbVersion, spoil?: Spoil): Promise<MintedSnpMachine>;
}

/** A machine of the issuers', but for what the options spoil. */
export async function mintSnpMachine(
  pki: MintedSnpPki,
  options: SnpMachineOptions = {},
): Promise<MintedSnpMachine> {
  const { product, validity, roots } = pki;
  const { kind = 'VCEK', tcb = MINT_TCB[product], cspId = 'CN=mint.example', leafKey: keyKind } = options;
  const hwId = new Uint8Array(options.hwId ?? randomHwId(product));
  const issuer = pki.issuerOf(kind);
  const key = await mintKey(keyKind ?? 'ecdsa-p384');
  const genuine = templateOf({
    subject: amdName(kind === 'VCEK' ? 'SEV-VCEK' : 'SEV-VLEK'),
    key,
    issuer: issuer.certificate.subject.der,
    signer: issuer.key,
    serial: 0,
    extensions: snpFields(product, tcb, kind === 'VCEK' ? { hwId } : { cspId }),
  });
  const leaf = await mintSpoilt({ ...genuine, ...validity }, options.leaf);
  const origin: ReportOrigin = {
    product,
    version: options.version ?? (product === 'Turin' ? 5 : 3),
    signingKey: kind,
    tcb,
    chipId: kind === 'VLEK' ? new Uint8Array(64) : concat(hwId, new Uint8Array(64 - hwId.length)),
    reportId: crypto.getRandomValues(new Uint8Array(32)),
  };
  const intermediates = [issuer.certificate, pki.ark.certificate];
  const content: MintedSnpMachine['content'] = (reportData = new Uint8Array(64), changes = {}) => ({
    ...reportContent(origin, reportData),
    ...changes,
  });
  return {
    pki,
    product,
    kind,
    hwId,
    chipId: origin.chipId,
    tcb,
    leaf,
    leafKey: key,
    intermediates,
    roots,
    at: MINT_AT,
    content,
    report: (reportData, changes) => signReport(encodeUnsigned(content(reportData, changes)), key),
    sign: (signed) => signReport(signed, key),
    request: (report) => ({ report, leaf, intermediates, roots, at: MINT_AT }),
    certificateTable: () =>
      encodeCertificateTable([
        { guid: kind === 'VCEK' ? CERTIFICATE_GUID.vcek : CERTIFICATE_GUID.vlek, data: leaf.der },
        { guid: CERTIFICATE_GUID.ask, data: issuer.certificate.der },
        { guid: CERTIFICATE_GUID.ark, data: pki.ark.certificate.der },
      ]),
    updated: (newer, spoil) => mintSnpMachine(pki, { ...options, hwId, tcb: newer, leaf: spoil }),
  };
}

function randomHwId(product: SnpProduct): Bytes {
  return crypto.getRandomValues(new Uint8Array(product === 'Turin' ? 8 : 64));
}
