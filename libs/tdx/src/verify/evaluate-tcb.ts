import type { QeIdentity } from '../collateral/qe-identity.ts';
import type { PlatformLevel, TcbInfo } from '../collateral/tcb-info.ts';
import type { IsvLevel, IsvStatus, TcbStatus, TcbVerdict } from '../collateral/tcb-level.ts';
import type { TdxQuote } from '../quote/quote.ts';
import { matchModule, matchPlatform, matchQe } from './match-collateral.ts';
import type { PckExtensions } from './pck-extensions.ts';
import { isRelaunchAdvised } from './relaunch.ts';

/** What Intel says of a platform. Undefined where no level matches: of such a machine Intel says nothing. */
export interface TcbEvaluation {
  readonly platform: TcbVerdict | undefined;
  /** Undefined with `moduleId`: TDX modules of major version 0 have no identity of their own. */
  readonly module: TcbVerdict<IsvStatus> | undefined;
  readonly moduleId: string | undefined;
  readonly qe: TcbVerdict<IsvStatus> | undefined;
  readonly tcbStatus: TcbStatus | 'NoMatchingTcbLevel';
  /** Of all parts, sorted, each once. */
  readonly advisoryIds: readonly string[];
  /** The TD started under an old module, and the machine has since loaded one that is up to date: restart the TD. */
  readonly relaunchAdvised: boolean;
}

/**
 * Intel's algorithm (Intel SGX and TDX PCS API v4, TCB info v3; SGX DCAP Quote Verification Library, `checkTcbLevel`): the
 * first level that the platform reaches, the module's own, the quoting enclave's, and the worst of them.
 * @throws TdxNotGenuineError `tcb-info-mismatch`, `module-mismatch`, `qe-identity-mismatch`
 */
export function evaluateTcb(
  { report, qeReport }: TdxQuote,
  pck: PckExtensions,
  info: TcbInfo,
  identity: QeIdentity,
): TcbEvaluation {
  matchPlatform(pck, info);
  matchQe(qeReport, identity);
  const own = matchModule(report, info);
  const reached = info.levels.filter((level) => reachesSgx(pck, level));
  const platform = reached.find((level) => reachesTdx(report.teeTcbSvn, level));
  const module = own && reachedLevel(own.levels, report.teeTcbSvn[0] ?? 0);
  const qe = reachedLevel(identity.levels, qeReport.isvSvn);
  const isComplete =
    platform !== undefined && qe !== undefined && (own === undefined || module !== undefined);
  const parts = [platform, module, qe].filter((verdict) => verdict !== undefined);
  const tcbStatus = isComplete
    ? converge(platform.status, [module?.status, qe.status])
    : 'NoMatchingTcbLevel';
  return {
    platform,
    module,
    moduleId: own?.id,
    qe,
    tcbStatus,
    advisoryIds: [...new Set(parts.flatMap(({ advisoryIds }) => advisoryIds))].sort(),
    relaunchAdvised:
      isComplete &&
      tcbStatus.startsWith('OutOfDate') &&
      isRelaunchAdvised(report, info, { sgx: reached[0]?.status, module: module?.status, qe: qe.status }),
  };
}

function reachesSgx(pck: PckExtensions, { sgxComponents, pceSvn }: PlatformLevel): boolean {
  return pck.pceSvn >= pceSvn && sgxComponents.every((svn, i) => (pck.componentSvns[i] ?? -1) >= svn);
}

function reachesTdx(teeTcbSvn: Uint8Array, { tdxComponents }: PlatformLevel): boolean {
  // Components 0 and 1 are the module's SVN and major version, which its identity judges where it has one.
  const first = teeTcbSvn[1] === 0 ? 0 : 2;
  return tdxComponents.every((svn, i) => i < first || (teeTcbSvn[i] ?? -1) >= svn);
}

function reachedLevel(levels: readonly IsvLevel[], svn: number): IsvLevel | undefined {
  return levels.find(({ isvSvn }) => svn >= isvSvn);
}

/** A module or enclave that is out of date or revoked drags the platform down; nothing lifts it. */
function converge(platform: TcbStatus, others: readonly (IsvStatus | undefined)[]): TcbStatus {
  if (platform === 'Revoked' || others.includes('Revoked')) return 'Revoked';
  if (!others.includes('OutOfDate')) return platform;
  return platform.includes('Configuration') ? 'OutOfDateConfigurationNeeded' : 'OutOfDate';
}
