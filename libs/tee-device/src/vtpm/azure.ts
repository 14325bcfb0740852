import type { Bytes } from '@asterism/bytes';
import {
  encodePublic,
  hasNv,
  readNv,
  readNvCertificates,
  type AttestationKey,
  type Tpm,
} from '@asterism/tpm';
import { TeeDeviceError } from '../errors.ts';

/** Azure keeps these in the vTPM of a confidential machine (kinvolk/azure-cvm-tooling, Azure/azure-cvm-guest-attestation). */
const HCL_REPORT_INDEX = 0x0140_0001;
const AK_HANDLE = 0x8100_0003;
/** Also in machines of Trusted Launch. */
const AK_CERTIFICATE_INDEX = 0x01c1_01d0;

/** The key that Azure made at provisioning, RSA 2048. It is persistent: nothing to flush. */
export async function readAzureAk(tpm: Tpm): Promise<AttestationKey> {
  if (!(await tpm.listHandles(AK_HANDLE)).includes(AK_HANDLE)) {
    throw new TeeDeviceError('unavailable', "the vTPM has no attestation key of Azure's", {
      want: hex(AK_HANDLE),
    });
  }
  const key = await tpm.readPublic(AK_HANDLE);
  return { ...key, publicArea: encodePublic(key.public) };
}

/** The certificate of that key; without its issuers. Empty where there is none. */
export function readAzureAkCertificates(tpm: Tpm): Promise<Bytes[]> {
  return readNvCertificates(tpm, AK_CERTIFICATE_INDEX);
}

/** Whether the machine has a paravisor that left a report of its TEE. */
export function hasHclReport(tpm: Tpm): Promise<boolean> {
  return tpm.exclusive(() => hasNv(tpm, HCL_REPORT_INDEX));
}

/** The report of the host compatibility layer: TEE report and runtime data, made at boot. Nothing of it is verified. */
export function readHclReport(tpm: Tpm): Promise<Bytes> {
  return tpm.exclusive(async () => {
    if (await hasNv(tpm, HCL_REPORT_INDEX)) return readNv(tpm, HCL_REPORT_INDEX);
    throw new TeeDeviceError('unavailable', 'the vTPM has no HCL report', { want: hex(HCL_REPORT_INDEX) });
  });
}

function hex(handle: number): string {
  return `0x${handle.toString(16).padStart(8, '0')}`;
}
