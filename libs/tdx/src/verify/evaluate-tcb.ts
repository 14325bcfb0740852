import { equalBytes, toHex } from '@asterism/bytes';
import type { QeIdentity } from '../collateral/qe-identity.ts';
import type { TcbInfo, TdxModule, TdxModuleIdentity } from '../collateral/tcb-info.ts';
import type { IsvLevel, TcbStatus, TcbVerdict } from '../collateral/tcb-level.ts';
import { TdxNotGenuineError } from '../errors.ts';
import type { EnclaveReport } from '../quote/enclave-report.ts';
import type { TdReport } from '../quote/td-report.ts';
import { equalMasked } from './masked.ts';
import type { PckExtensions } from './pck-extensions.ts';

/** Undefined where no level matches: Intel says nothing of such a machine, so it is trusted by nobody. */
export interface TcbEvaluation {
  readonly platform: TcbVerdict | undefined;
  /** Undefined with `moduleId`: TDX modules of major version 0 have no identity of their own. */
  readonly module: TcbVerdict | undefined;
  readonly moduleId: string | undefined;
  readonly qe: TcbVerdict | undefined;
  readonly tcbStatus: TcbStatus | 'NoMatchingTcbLevel';
  /** Of all parts, sorted, each once. */
  readonly advisoryIds: readonly string[];
}

/**
 * Intel's algorithm (Intel SGX and TDX PCS API v4, "Enumeration of TCB Status"; Quote Verification Library): the first
 * level that the platform reaches, the module's own, the quoting enclave's, and the worst of them.
 * @throws TdxNotGenuineError `tcb-info-mismatch`, `module-mismatch`, `qe-identity-mismatch`
 */
export function evaluateTcb(
  report: TdReport,
  qeReport: EnclaveReport,
  pck: PckExtensions,
  info: TcbInfo,
  identity: QeIdentity,
): TcbEvaluation {
  checkPlatform(pck, info);
  checkQe(qeReport, identity);
  const version = report.teeTcbSvn[1] ?? 0;
  const named = version === 0 ? undefined : moduleIdentity(info, version);
  checkModule(report, named ?? info.module);
  const platform = platformLevel(report, pck, info);
  const module = named && isvLevel(named.levels, report.teeTcbSvn[0] ?? 0);
  const qe = isvLevel(identity.levels, qeReport.isvSvn);
  const complete = platform !== undefined && qe !== undefined && (named === undefined || module !== undefined);
  const parts = [platform, module, qe].filter((verdict) => verdict !== undefined);
  return {
    platform,
    module,
    moduleId: named?.id,
    qe,
    tcbStatus: complete ? converge(platform.status, [module?.status, qe.status]) : 'NoMatchingTcbLevel',
    advisoryIds: [...new Set(parts.flatMap(({ advisoryIds }) => advisoryIds))].sort(),
  };
}

function checkPlatform(pck: PckExtensions, info: TcbInfo): void {
  if (equalBytes(pck.fmspc, info.fmspc) && equalBytes(pck.pceId, info.pceId)) return;
  throw new TdxNotGenuineError('tcb-info-mismatch', 'TCB info is of another platform', {
    got: { fmspc: toHex(info.fmspc), pceId: toHex(info.pceId) },
    want: { fmspc: toHex(pck.fmspc), pceId: toHex(pck.pceId) },
  });
}

function checkQe(report: EnclaveReport, identity: QeIdentity): void {
  const matches =
    equalBytes(report.mrSigner, identity.mrSigner) &&
    report.isvProdId === identity.isvProdId &&
    equalMasked(report.miscSelect, identity.miscSelectMask, identity.miscSelect) &&
    equalMasked(report.attributes, identity.attributesMask, identity.attributes);
  if (!matches) {
    throw new TdxNotGenuineError('qe-identity-mismatch', "quoting enclave is not the identity's", {
      got: { mrSigner: toHex(report.mrSigner), isvProdId: report.isvProdId },
      want: { mrSigner: toHex(identity.mrSigner), isvProdId: identity.isvProdId },
    });
  }
}

function moduleIdentity(info: TcbInfo, version: number): TdxModuleIdentity {
  const id = `TDX_${version.toString(16).padStart(2, '0').toUpperCase()}`;
  const found = info.moduleIdentities.find((identity) => identity.id.toUpperCase() === id);
  if (found === undefined) {
    throw new TdxNotGenuineError('module-mismatch', 'TCB info does not know the TDX module', { got: id });
  }
  return found;
}

function checkModule(report: TdReport, module: TdxModule): void {
  const matches =
    equalBytes(report.mrSignerSeam, module.mrSigner) &&
    equalMasked(report.seamAttributes, module.attributesMask, module.attributes);
  if (!matches) {
    throw new TdxNotGenuineError('module-mismatch', "TDX module is not Intel's", {
      got: { mrSigner: toHex(report.mrSignerSeam), attributes: toHex(report.seamAttributes) },
      want: { mrSigner: toHex(module.mrSigner), attributes: toHex(module.attributes) },
    });
  }
}

function platformLevel(report: TdReport, pck: PckExtensions, info: TcbInfo): TcbVerdict | undefined {
  // Components 0 and 1 are the module's SVN and major version, which its identity judges where it has one.
  const first = report.teeTcbSvn[1] === 0 ? 0 : 2;
  return info.levels.find(
    ({ sgxComponents, tdxComponents, pceSvn }) =>
      sgxComponents.every((svn, i) => (pck.componentSvns[i] ?? -1) >= svn) &&
      pck.pceSvn >= pceSvn &&
      tdxComponents.every((svn, i) => i < first || (report.teeTcbSvn[i] ?? -1) >= svn),
  );
}

function isvLevel(levels: readonly IsvLevel[], svn: number): TcbVerdict | undefined {
  return levels.find(({ isvSvn }) => svn >= isvSvn);
}

/** A module or enclave that is out of date or revoked drags the platform down; nothing lifts it. */
function converge(platform: TcbStatus, others: readonly (TcbStatus | undefined)[]): TcbStatus {
  if (platform === 'Revoked' || others.includes('Revoked')) return 'Revoked';
  if (!others.some((status) => status !== undefined && status !== 'UpToDate')) return platform;
  const configuration =
    platform.includes('Configuration') || others.some((status) => status?.includes('Configuration'));
  return configuration ? 'OutOfDateConfigurationNeeded' : 'OutOfDate';
}
