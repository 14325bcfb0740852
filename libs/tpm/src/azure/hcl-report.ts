import type { Bytes } from '@asterism/bytes';

/** The TEE report in the slot: an SNP attestation report, or a TDREPORT, which only the machine itself can check. */
export type HclReportType = 'SNP' | 'TDX';

/**
 * What Azure's paravisor leaves in NV index 0x01400001 of a confidential VM's vTPM: its request for an AK certificate,
 * which is a TEE report and the runtime data that the report is made over (microsoft/openvmm,
 * openhcl_attestation_protocol::igvm_attest::get). Only the runtime data is measured: headers are hints.
 */
export interface HclReport {
  /** Of the header: 1 or 2. */
  readonly version: number;
  /** Bytes from the start to the end of the runtime data. */
  readonly reportSize: number;
  /** IGVM_ATTEST request type: 2, AK certificate. */
  readonly requestType: number;
  readonly status: number;
  /** 1184 bytes of an SNP report, or 1024 of a TDREPORT. */
  readonly hardwareReport: Bytes;
  readonly reportType: HclReportType;
  /** Bytes of the runtime data and of its header. */
  readonly dataSize: number;
  readonly dataVersion: number;
  readonly hashType: 'SHA256';
  /** JSON, exactly the bytes that are hashed. */
  readonly runtimeData: Bytes;
  /** Zero bytes behind the runtime data: the NV index is larger. */
  readonly padding: number;
}

/** Offsets in bytes; integers are little-endian. */
export const HCL_LAYOUT = {
  hardwareReport: 32,
  hardwareReportSlot: 1184,
  runtimeDataHeader: 1216,
  runtimeData: 1236,
} as const;

export const HCL_SIGNATURE = 'HCLA';
export const HCL_VERSIONS: readonly number[] = [1, 2];
export const AK_CERTIFICATE_REQUEST = 2;
export const RUNTIME_DATA_VERSION = 1;
export const RUNTIME_DATA_HEADER_BYTES = 20;

/** IgvmAttestReportType, with the bytes of each report. VBS (1), Trusted VM (3) and CCA (5) are not read here. */
export const REPORT_TYPES: Readonly<Record<HclReportType, { readonly id: number; readonly bytes: number }>> =
  {
    SNP: { id: 2, bytes: 1184 },
    TDX: { id: 4, bytes: 1024 },
  };

/** IgvmAttestHashType. */
export const HASH_SHA256 = 1;
