import { toHex } from '@asterism/bytes';
import { commonNameOf, type Certificate } from '@asterism/x509';
import type { TdxCollateral } from '../collateral/collateral.ts';
import type { TcbVerdict } from '../collateral/tcb-level.ts';
import { TdxFormatError, TdxNotGenuineError } from '../errors.ts';
import { BODY_TYPE, ECDSA_P256, TEE_TDX, type TdxQuote } from '../quote/quote.ts';
import { BODY_SIZE, type TdReport } from '../quote/td-report.ts';
import { evaluateTcb, type TcbEvaluation } from '../verify/evaluate-tcb.ts';
import { readPckChain } from '../verify/pck-chain.ts';
import { readPckExtensions } from '../verify/pck-extensions.ts';
import { hasTdAttribute } from '../verify/td-attributes.ts';

/** JSON of names and values as tools print them: byte fields in lower-case hexadecimal. */
export type TdxClaims = Readonly<Record<string, unknown>>;

/**
 * Everything that a quote says, and what the collateral says of its platform, for people to read. Nothing of it is
 * verified, so that also what was refused can be shown; what cannot be read is left out.
 */
export function toTdxClaims(quote: TdxQuote, collateral: TdxCollateral = {}): TdxClaims {
  const { header, body } = quoteClaims(quote);
  return {
    header,
    ...body,
    qeReport: qeReportClaims(quote),
    trailingBytes: quote.trailing.length,
    ...platformClaims(quote, collateral),
  };
}

function quoteClaims({ version, qeSvn, pceSvn, qeVendorId, userData, report }: TdxQuote) {
  const generation = report.tdx15 === undefined ? '1.0' : '1.5';
  const { tdx15, ...fields } = report;
  return {
    header: {
      version,
      attestationKeyType: ECDSA_P256,
      teeType: `0x${TEE_TDX.toString(16)}`,
      qeSvn,
      pceSvn,
      qeVendorId: toHex(qeVendorId),
      userData: toHex(userData),
      ...(version === 4 ? {} : { bodyType: BODY_TYPE[generation], bodySize: BODY_SIZE[generation] }),
    },
    body: { ...hexOf(fields), ...hexOf(tdx15 ?? {}), tdAttributesFlags: flagsOf(report) },
  };
}

const FLAGS = ['debug', 'septVeDisable', 'migratable', 'pks', 'kl', 'perfmon'] as const;

function flagsOf(report: TdReport) {
  return Object.fromEntries(FLAGS.map((flag) => [flag, hasTdAttribute(report, flag)]));
}

function qeReportClaims({ qeReport }: TdxQuote) {
  const { cpuSvn, miscSelect, attributes, mrEnclave, mrSigner, isvProdId, isvSvn, reportData } = qeReport;
  return {
    ...hexOf({ cpuSvn, miscSelect, attributes, mrEnclave, mrSigner }),
    isvProdId,
    isvSvn,
    sgxReportData: toHex(reportData),
  };
}

function platformClaims(quote: TdxQuote, { tcbInfo, qeIdentity }: TdxCollateral): TdxClaims {
  return (
    readable(() => {
      const [leaf] = readPckChain(quote.pckChain);
      const extensions = readPckExtensions(leaf);
      const evaluation =
        tcbInfo &&
        qeIdentity &&
        readable(() => evaluateTcb(quote, extensions, tcbInfo.content, qeIdentity.content));
      return {
        pck: pckClaims(leaf),
        ...(evaluation && {
          ...tcbClaims(evaluation),
          tcbEvaluationDataNumber: tcbInfo?.content.tcbEvaluationDataNumber,
        }),
      };
    }) ?? {}
  );
}

function pckClaims(leaf: Certificate) {
  const { componentSvns, pceSvn, sgxType, ppid, cpuSvn, pceId, fmspc } = readPckExtensions(leaf);
  return {
    ...hexOf({ ppid, cpuSvn, pceId, fmspc }),
    pceSvn,
    compSvn: componentSvns,
    sgxType,
    issuer: commonNameOf(leaf.issuer),
    notBefore: withOffset(leaf.notBefore),
    notAfter: withOffset(leaf.notAfter),
    serial: leaf.serial,
  };
}

function tcbClaims({
  tcbStatus,
  advisoryIds,
  platform,
  module,
  moduleId,
  qe,
  relaunchAdvised,
}: TcbEvaluation) {
  return {
    tcbStatus,
    advisoryIDs: advisoryIds,
    platform: verdictClaims(platform),
    module: moduleId === undefined ? NO_MODULE : { id: moduleId, ...verdictClaims(module) },
    qe: { status: qe?.status ?? NO_LEVEL, advisoryIDs: qe?.advisoryIds ?? null },
    relaunchAdvised,
  };
}

const NO_LEVEL = 'NoMatchingTcbLevel';
/** Modules of major version 0 have no identity. */
const NO_MODULE = { id: null, status: null, tcbDate: null, advisoryIDs: null };

function verdictClaims(verdict: TcbVerdict | undefined) {
  return verdict === undefined
    ? { status: NO_LEVEL, tcbDate: null, advisoryIDs: null }
    : {
        status: verdict.status,
        tcbDate: verdict.tcbDate.toISOString().replace('.000Z', 'Z'),
        advisoryIDs: verdict.advisoryIds,
      };
}

function hexOf(fields: Readonly<Record<string, Uint8Array>>) {
  return Object.fromEntries(Object.entries(fields).map(([name, bytes]) => [name, toHex(bytes)]));
}

/** RFC 3339 with a numeric offset. */
function withOffset(date: Date): string {
  return date.toISOString().replace('.000Z', '+00:00');
}

/** Undefined for what cannot be read, or is not of this platform. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof TdxFormatError || cause instanceof TdxNotGenuineError) return undefined;
    throw cause;
  }
}
