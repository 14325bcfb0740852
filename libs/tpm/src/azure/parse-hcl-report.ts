import type { Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';
import {
  AK_CERTIFICATE_REQUEST,
  HASH_SHA256,
  HCL_LAYOUT,
  HCL_SIGNATURE,
  HCL_VERSIONS,
  REPORT_TYPES,
  RUNTIME_DATA_HEADER_BYTES,
  RUNTIME_DATA_VERSION,
  type HclReport,
  type HclReportType,
} from './hcl-report.ts';

/** The NV index has 2600 bytes. */
const MAX_REPORT = 8 * 1024;

/**
 * Stage 1: structure only. Reserved fields and what fills the slot and the NV index are zero, lengths agree with one
 * another, versions and types are known. Neither the TEE report nor the JSON is read.
 * @throws TpmFormatError
 */
export function parseHclReport(bytes: Uint8Array): HclReport {
  if (bytes.length > MAX_REPORT) {
    throw new TpmFormatError('too-large', 'HCL report is too large', { got: bytes.length, want: MAX_REPORT });
  }
  return readStructure('HCL report', bytes, readReport, 'little');
}

function readReport(reader: Reader): HclReport {
  const signature = reader.text(HCL_SIGNATURE.length);
  if (signature !== HCL_SIGNATURE) throw malformed('signature', signature, HCL_SIGNATURE);
  const version = known('version', reader.u32(), HCL_VERSIONS);
  const reportSize = reader.u32();
  const requestType = known('request type', reader.u32(), [AK_CERTIFICATE_REQUEST]);
  const status = known('status', reader.u32(), [0]);
  reader.zeros(12, 'of the header');
  const slot = reader.bytes(HCL_LAYOUT.hardwareReportSlot);
  const dataSize = reader.u32();
  const dataVersion = known('version of the runtime data', reader.u32(), [RUNTIME_DATA_VERSION]);
  const reportType = toReportType(reader.u32());
  known('hash type', reader.u32(), [HASH_SHA256]);
  const runtimeData = reader.sized32(MAX_REPORT);
  expectSize('data size', dataSize, RUNTIME_DATA_HEADER_BYTES + runtimeData.length);
  expectSize('report size', reportSize, reader.offset);
  const padding = reader.remaining;
  reader.zeros(padding, 'behind the runtime data');
  const { bytes: length } = REPORT_TYPES[reportType];
  if (slot.subarray(length).some((byte) => byte !== 0)) {
    throw malformed('slot behind the TEE report', undefined, 'zeros');
  }
  return {
    version,
    reportSize,
    requestType,
    status,
    hardwareReport: slot.slice(0, length),
    reportType,
    dataSize,
    dataVersion,
    hashType: 'SHA256',
    runtimeData,
    padding,
  };
}

function toReportType(id: number): HclReportType {
  for (const type of ['SNP', 'TDX'] as const) if (REPORT_TYPES[type].id === id) return type;
  throw unsupported('type of the TEE report', id, [REPORT_TYPES.SNP.id, REPORT_TYPES.TDX.id]);
}

function known(what: string, got: number, wanted: readonly number[]): number {
  if (!wanted.includes(got)) throw unsupported(what, got, wanted);
  return got;
}

function expectSize(what: string, got: number, want: number): void {
  if (got !== want) throw malformed(what, got, want);
}

function unsupported(what: string, got: number, want: readonly number[]): TpmFormatError {
  return new TpmFormatError('unsupported', `HCL report: ${what}`, { got, want });
}

function malformed(what: string, got: unknown, want: unknown): TpmFormatError {
  return new TpmFormatError('malformed', `HCL report: ${what}`, { got, want });
}
