import type { Bytes } from '@asterism/bytes';
import { writtenEventLog } from '@asterism/tpm';
import { join } from 'node:path';
import { readKernelFileIfThere } from './kernel-file.ts';
import type { DeviceRoots } from './roots.ts';

/**
 * Logs of the firmware, both in TCG's format: of its TPM, and of a confidential machine's own registers (CCEL, UEFI 2.10
 * §38), whose index is the RTMR's plus one.
 */
const LOG_FILE = {
  tpm: 'kernel/security/tpm0/binary_bios_measurements',
  cc: 'firmware/acpi/tables/data/CCEL',
} as const;

/** Far over what firmware reserves; evidence has its own, smaller bound. */
const MAX_AREA = 1 << 20;

/** Null where the firmware left none. @throws TeeDeviceError, TpmFormatError where the area of a CC log holds no log */
export async function readFirmwareEventLog(
  { sysfs }: Pick<DeviceRoots, 'sysfs'>,
  kind: keyof typeof LOG_FILE,
): Promise<Bytes | null> {
  const log = await readKernelFileIfThere(join(sysfs, LOG_FILE[kind]), MAX_AREA);
  return log !== null && kind === 'cc' ? writtenEventLog(log) : log;
}
