import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { TeeDeviceError } from '../errors.ts';
import { readKernelText } from '../kernel-file.ts';
import type { DeviceRoots } from '../roots.ts';

export type MemoryEncryption = 'tdx' | 'sev-snp' | 'sev-es' | 'sev' | 'none';

/** SEV_STATUS, AMD64 Architecture Programmer's Manual, volume 2, §15.34.10. */
const SEV_STATUS = 0xc001_0131;
const SEV_BITS: readonly (readonly [bigint, MemoryEncryption])[] = [
  [1n << 2n, 'sev-snp'],
  [1n << 1n, 'sev-es'],
  [1n << 0n, 'sev'],
];
/** Some kilobytes a processor, and machines have hundreds. */
const MAX_CPUINFO = 4 * 1024 * 1024;

/**
 * What the processor says of this guest's memory. TDX is among the kernel's flags, the level of an SNP guest in sysfs
 * since Linux 6.11; older SEV shows in a model-specific register only, which the `msr` module gives root.
 * @returns null where nothing tells
 */
export async function readMemoryEncryption(roots: DeviceRoots): Promise<MemoryEncryption | null> {
  if ((await readProcessorFlags(roots)).includes('tdx_guest')) return 'tdx';
  if (await exists(join(roots.sysfs, 'devices/system/cpu/sev/vmpl'))) return 'sev-snp';
  const status = await readMsr(join(roots.dev, 'cpu/0/msr'), SEV_STATUS);
  if (status === null || status === 'no-such-register') return status === null ? null : 'none';
  return SEV_BITS.find(([bit]) => (status & bit) !== 0n)?.[1] ?? 'none';
}

async function readProcessorFlags(roots: DeviceRoots): Promise<readonly string[]> {
  const text = await readKernelText(join(roots.proc, 'cpuinfo'), MAX_CPUINFO).catch((error: unknown) => {
    if (error instanceof TeeDeviceError && error.code === 'unavailable') return '';
    throw error;
  });
  const [, flags = ''] = /^flags\s*:\s*(.*)$/m.exec(text) ?? [];
  return flags.split(' ');
}

/** The offset in the device is the register's number. */
async function readMsr(path: string, register: number): Promise<bigint | 'no-such-register' | null> {
  const file = await open(path, constants.O_RDONLY).catch(() => null);
  if (file === null) return null;
  try {
    const value = Buffer.alloc(8);
    const { bytesRead } = await file.read(value, 0, value.length, register);
    return bytesRead === value.length ? value.readBigUInt64LE() : 'no-such-register';
  } catch {
    return 'no-such-register'; // EIO: a processor of another make
  } finally {
    await file.close();
  }
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
