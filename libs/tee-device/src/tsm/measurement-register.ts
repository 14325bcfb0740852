import type { Bytes } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TeeDeviceError } from '../errors.ts';
import { readKernelFile, writeKernelFile } from '../kernel-file.ts';
import type { DeviceRoots } from '../roots.ts';

/** Run-time measurement registers of a TD. */
export type Rtmr = 0 | 1 | 2 | 3;

const RTMR_BYTES = 48;

/**
 * An RTMR as it stands (Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest, Linux 6.16).
 * @throws TeeDeviceError `unavailable` on an older kernel or outside a TD
 */
export async function readRtmr(roots: Pick<DeviceRoots, 'sysfs'>, rtmr: Rtmr): Promise<Bytes> {
  const value = await readKernelFile(registerFile(roots, rtmr), RTMR_BYTES);
  if (value.length === RTMR_BYTES) return value;
  throw new TeeDeviceError('response-malformed', 'register is not 48 bytes', {
    got: value.length,
    want: RTMR_BYTES,
  });
}

/**
 * RTMR := SHA-384(RTMR ‖ digest).
 * @param digest 48 bytes
 * @returns the value before
 * @throws TeeDeviceError `register-unexpected` where the register does not show exactly that afterwards
 */
export async function extendRtmr(
  roots: Pick<DeviceRoots, 'sysfs'>,
  rtmr: Rtmr,
  digest: Uint8Array,
): Promise<Bytes> {
  const before = await readRtmr(roots, rtmr);
  await writeKernelFile(registerFile(roots, rtmr), digest);
  const wanted = createHash('sha384').update(before).update(digest).digest();
  const after = await readRtmr(roots, rtmr);
  if (wanted.equals(after)) return before;
  throw new TeeDeviceError(
    'register-unexpected',
    'register was extended by somebody else as well, or not at all',
    {
      got: Buffer.from(after).toString('hex'),
      want: wanted.toString('hex'),
    },
  );
}

function registerFile({ sysfs }: Pick<DeviceRoots, 'sysfs'>, rtmr: Rtmr): string {
  return join(sysfs, 'devices/virtual/misc/tdx_guest/measurements', `rtmr${rtmr}:sha384`);
}
