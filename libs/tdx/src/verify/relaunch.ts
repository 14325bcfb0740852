import type { TcbInfo } from '../collateral/tcb-info.ts';
import type { IsvStatus, TcbStatus } from '../collateral/tcb-level.ts';
import type { TdReport } from '../quote/td-report.ts';
import { moduleIdentity } from './match-collateral.ts';

/**
 * Whether only the module that the TD started under is old, and the one that runs now (TEE_TCB_SVN_2, TDX 1.5) is the
 * newest. The TD is out of date all the same: what measured it is (SGX DCAP Quote Verification Library,
 * `checkForRelaunch`).
 */
export function isRelaunchAdvised(
  { tdx15 }: TdReport,
  info: TcbInfo,
  status: {
    /** Of the first level that the platform reaches without its TDX components. */
    readonly sgx: TcbStatus | undefined;
    readonly module: IsvStatus | undefined;
    readonly qe: IsvStatus;
  },
): boolean {
  const [newest] = info.levels;
  if (tdx15 === undefined || newest === undefined) return false;
  const isOldModuleAlone =
    status.module === 'OutOfDate' &&
    status.qe === 'UpToDate' &&
    !/OutOfDate|Revoked/.test(status.sgx ?? 'Revoked');
  if (!isOldModuleAlone) return false;
  const [svn = 0, version = 0, seamLoader = 0] = tdx15.teeTcbSvn2;
  const least = version === 0 ? newest.tdxComponents[0] : moduleIdentity(info, version)?.levels[0]?.isvSvn;
  return least !== undefined && svn >= least && seamLoader >= (newest.tdxComponents[2] ?? 0);
}
