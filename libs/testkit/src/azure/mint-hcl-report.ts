import { concat, toBase64url, toHex, sha256, utf8, type Bytes } from '@asterism/bytes';
import {
  encodeHclReport,
  HCL_LAYOUT,
  type HclReport,
  type HclReportType,
  type RsaPublic,
} from '@asterism/tpm';

export interface HclReportOrder {
  readonly reportType: HclReportType;
  /** The vTPM's attestation key, which the runtime data names. */
  readonly ak: RsaPublic;
  /** Makes the TEE report over 64 bytes of report data, which bind the runtime data. */
  readonly hardwareReport: (reportData: Bytes) => Bytes | Promise<Bytes>;
  readonly vmConfiguration?: Readonly<Record<string, unknown>>;
  readonly userData?: Bytes;
  /** What a test gets wrong on purpose: in the JSON before it is measured, and in the structure after it. */
  readonly runtimeData?: (honest: string) => string;
  readonly report?: (honest: HclReport) => Partial<HclReport>;
}

/** Size of the NV index. */
const NV_BYTES = 2600;
/** A modulus that nothing is encrypted to. */
const EK_MODULUS = new Uint8Array(256).fill(0xe5);
const EXPONENT = 'AQAB';

const jwk = (kid: string, operation: string, modulus: Bytes) => ({
  kid,
  key_ops: [operation],
  kty: 'RSA',
  e: EXPONENT,
  n: toBase64url(modulus),
});

/** The runtime data of an order, as the paravisor writes it. */
function runtimeDataOf({ ak, vmConfiguration, userData, runtimeData }: HclReportOrder): Bytes {
  const honest = JSON.stringify({
    keys: [jwk('HCLAkPub', 'sign', ak.modulus), jwk('HCLEkPub', 'encrypt', EK_MODULUS)],
    'vm-configuration': {
      'console-enabled': false,
      'secure-boot': true,
      'tpm-enabled': true,
      'tpm-persisted': true,
      vmUniqueId: '6BA7B810-9DAD-11D1-80B4-00C04FD430C8',
      ...vmConfiguration,
    },
    'user-data': toHex(userData ?? new Uint8Array(64)).toUpperCase(),
  });
  return utf8(runtimeData?.(honest) ?? honest);
}

/** An HCL report as a confidential VM finds it in its vTPM. */
export async function mintHclReport(order: HclReportOrder): Promise<Bytes> {
  const runtimeData = runtimeDataOf(order);
  const reportData = concat(await sha256(runtimeData), new Uint8Array(32));
  const reportSize = HCL_LAYOUT.runtimeData + runtimeData.length;
  const honest: HclReport = {
    version: 2,
    reportSize,
    requestType: 2,
    status: 0,
    hardwareReport: await order.hardwareReport(reportData),
    reportType: order.reportType,
    dataSize: HCL_LAYOUT.runtimeData - HCL_LAYOUT.runtimeDataHeader + runtimeData.length,
    dataVersion: 1,
    hashType: 'SHA256',
    runtimeData,
    padding: NV_BYTES - reportSize,
  };
  return encodeHclReport({ ...honest, ...order.report?.(honest) });
}
