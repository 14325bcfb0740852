import { concat, type Bytes } from '@asterism/bytes';
import type { TdReport } from '@asterism/tdx';

/**
 * The TDREPORT that a quote is made from, 1024 bytes (Intel TDX Module 1.5 ABI): REPORTMACSTRUCT, TEE_TCB_INFO at 256,
 * TDINFO at 512. Its MAC is left zero: only the processor that made it could check it.
 */
export function localReportOf(report: TdReport): Bytes {
  const mac = concat(new Uint8Array(128), report.reportData, new Uint8Array(64));
  const tcbInfo = concat(
    new Uint8Array(8),
    report.teeTcbSvn,
    report.mrSeam,
    report.mrSignerSeam,
    report.seamAttributes,
    new Uint8Array(128),
  );
  const tdInfo = concat(
    report.tdAttributes,
    report.xfam,
    report.mrTd,
    report.mrConfigId,
    report.mrOwner,
    report.mrOwnerConfig,
    report.rtmr0,
    report.rtmr1,
    report.rtmr2,
    report.rtmr3,
    new Uint8Array(112),
  );
  return concat(mac, tcbInfo, tdInfo);
}
