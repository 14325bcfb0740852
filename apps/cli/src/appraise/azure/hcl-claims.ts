import { Reader, toHex, type Bytes } from '@asterism/bytes';
import { HCL_LAYOUT, type HclReport, type HclRuntimeData } from '@asterism/tpm';

/** Header of an HCL report under the names of the contract. */
export function toHclClaims(report: HclReport): Record<string, unknown> {
  const { version, reportSize, requestType, status, dataSize, dataVersion, reportType, hashType } = report;
  return {
    signature: 'HCLA',
    version,
    reportSize,
    requestType,
    status,
    dataSize,
    dataVersion,
    reportType,
    hashType,
    varDataSize: report.runtimeData.length,
    offsets: {
      hwReport: HCL_LAYOUT.hardwareReport,
      hwReportSlot: HCL_LAYOUT.hardwareReportSlot,
      runtimeDataHeader: HCL_LAYOUT.runtimeDataHeader,
      runtimeData: HCL_LAYOUT.runtimeData,
    },
  };
}

export function toRuntimeClaims({ vmConfiguration, userData }: HclRuntimeData): Record<string, unknown> {
  return { vmConfiguration: vmConfiguration.stated, userData: toHex(userData) };
}

/**
 * A TDREPORT (Intel TDX Module 1.5 ABI, "TDREPORT_STRUCT"), 1024 bytes. Its MAC is of a key that never leaves the machine,
 * so nothing in it is proved elsewhere: the TD quote is.
 */
export function toTdReportClaims(report: Bytes): Record<string, unknown> {
  const reader = new Reader(report, 'little');
  const hex = (length: number): string => toHex(reader.bytes(length));
  const head = { reportType: hex(4), reserved: hex(12), cpuSvn: hex(16) };
  const mac = {
    teeTcbInfoHash: hex(48),
    teeInfoHash: hex(48),
    reportData: hex(64),
    zeros: hex(32),
    mac: hex(32),
  };
  const module = {
    valid: hex(8),
    teeTcbSvn: hex(16),
    mrSeam: hex(48),
    mrSignerSeam: hex(48),
    rest: hex(136),
  };
  const td = { tdAttributes: hex(8), xfam: hex(8), mrTd: hex(48) };
  const owner = { mrConfigId: hex(48), mrOwner: hex(48), mrOwnerConfig: hex(48) };
  const registers = { rtmr0: hex(48), rtmr1: hex(48), rtmr2: hex(48), rtmr3: hex(48) };
  return {
    reportType: head.reportType,
    cpuSvn: head.cpuSvn,
    teeTcbInfoHash: mac.teeTcbInfoHash,
    teeInfoHash: mac.teeInfoHash,
    reportData: mac.reportData,
    mac: mac.mac,
    mrSeam: module.mrSeam,
    ...td,
    ...owner,
    ...registers,
  };
}
