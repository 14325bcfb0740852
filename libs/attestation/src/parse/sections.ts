import { fromBase64url, fromUtf8, type Bytes } from '@asterism/bytes';
import type { EvidenceOf, QuotedVariant } from '@asterism/contracts';
import { parseReport } from '@asterism/snp';
import { parseTdxCollateral, parseTdxQuote } from '@asterism/tdx';
import {
  parseEventLog,
  parseHclReport,
  parseNitroDocument,
  parseRuntimeData,
  parseTpmQuote,
  type HclReportType,
  type ParsedNitroDocument,
  type TpmEventLog,
} from '@asterism/tpm';
import { parseCertificate, type Certificate } from '@asterism/x509';
import { NO_COLLATERAL, type Collateral } from '../collateral/collateral.ts';
import { EvidenceFormatError } from '../errors.ts';
import { asFormatError } from '../format.ts';
import type { ParsedHclSection, ParsedQuoteSection, ParsedSnpSection, ParsedTdxSection } from '../stages.ts';

/** Text of parts, as the contract has bounded them. */
type QuoteParts = EvidenceOf<QuotedVariant>['parts'] & {
  readonly ekCertificates?: readonly string[] | undefined;
  readonly akCertificates?: readonly string[] | undefined;
};

export function readQuote(parts: QuoteParts): ParsedQuoteSection {
  const akPublic = bytesOf('akPublic', parts.akPublic);
  const pcrs = Object.entries(parts.pcrs).map(
    ([pcr, value]) => [Number(pcr), bytesOf(`pcrs.${pcr}`, value)] as const,
  );
  const quote = asFormatError('quote', () =>
    parseTpmQuote({
      quote: bytesOf('quote', parts.quote),
      signature: bytesOf('signature', parts.signature),
      akPublic,
      pcrs: new Map(pcrs),
    }),
  );
  return {
    quote,
    akPublic,
    ekCertificates: certificatesOf('ekCertificates', parts.ekCertificates),
    akCertificates: certificatesOf('akCertificates', parts.akCertificates),
  };
}

export function readEventLog({ eventLog }: { readonly eventLog?: string | undefined }): TpmEventLog | null {
  if (eventLog === undefined) return null;
  return asFormatError('eventLog', () => parseEventLog(bytesOf('eventLog', eventLog)));
}

export function readSnp(parts: {
  readonly report: string;
  readonly certificates?: readonly string[] | undefined;
}): ParsedSnpSection {
  const bytes = bytesOf('report', parts.report);
  const report = asFormatError('report', () => parseReport(bytes));
  return { bytes, report, certificates: certificatesOf('certificates', parts.certificates) };
}

export function readTdx(part: string, text: string): ParsedTdxSection {
  const bytes = bytesOf(part, text);
  return { ...asFormatError(part, () => parseTdxQuote(bytes)), bytes };
}

/** Azure's report must be of the TEE that the variant names. */
export function readHcl(text: string, type: HclReportType): ParsedHclSection {
  const report = asFormatError('hclReport', () => parseHclReport(bytesOf('hclReport', text)));
  if (report.reportType !== type) {
    throw new EvidenceFormatError('part-malformed', 'hclReport: it is of another TEE', {
      got: report.reportType,
      want: type,
    });
  }
  return { report, runtimeData: asFormatError('hclReport', () => parseRuntimeData(report.runtimeData)) };
}

/** The SNP report stands in Azure's report. */
export function readHclSnp(
  { report: { hardwareReport: bytes } }: ParsedHclSection,
  certificates: readonly string[] | undefined,
): ParsedSnpSection {
  const report = asFormatError('hclReport', () => parseReport(bytes));
  return { bytes, report, certificates: certificatesOf('certificates', certificates) };
}

export function readNitro(text: string): ParsedNitroDocument {
  return asFormatError('document', () => parseNitroDocument(bytesOf('document', text)));
}

/** In the layout of `collateral.json`. */
export function readCollateralPart(text: string | undefined): Collateral {
  if (text === undefined) return NO_COLLATERAL;
  const json = asFormatError('collateral', () => fromUtf8(bytesOf('collateral', text)));
  return {
    ...NO_COLLATERAL,
    tdx: [asFormatError('collateral', () => parseTdxCollateral(readJson(json)))],
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvidenceFormatError('part-malformed', 'collateral: not JSON', { cause });
  }
}

function certificatesOf(part: string, list: readonly string[] = []): readonly Certificate[] {
  return list.map((text, index) => {
    const name = `${part}.${index}`;
    return asFormatError(name, () => parseCertificate(bytesOf(name, text)));
  });
}

function bytesOf(part: string, text: string): Bytes {
  return asFormatError(part, () => fromBase64url(text));
}
