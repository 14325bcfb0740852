import { utf8, Writer, type Bytes } from '@asterism/bytes';
import { HASH_SHA256, HCL_LAYOUT, HCL_SIGNATURE, REPORT_TYPES, type HclReport } from './hcl-report.ts';

/** The counterpart of `parseHclReport`, byte for byte. */
export function encodeHclReport(report: HclReport): Bytes {
  return new Writer('little')
    .bytes(utf8(HCL_SIGNATURE))
    .u32(report.version)
    .u32(report.reportSize)
    .u32(report.requestType)
    .u32(report.status)
    .zeros(12)
    .bytes(report.hardwareReport)
    .zeros(HCL_LAYOUT.hardwareReportSlot - report.hardwareReport.length)
    .u32(report.dataSize)
    .u32(report.dataVersion)
    .u32(REPORT_TYPES[report.reportType].id)
    .u32(HASH_SHA256)
    .sized32(report.runtimeData)
    .zeros(report.padding)
    .finish();
}
