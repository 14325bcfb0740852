import { parseHclReport, TpmFormatError, type Tpm } from '@asterism/tpm';
import { join } from 'node:path';
import { TeeDeviceError } from '../errors.ts';
import { readKernelText } from '../kernel-file.ts';
import type { DeviceRoots } from '../roots.ts';
import { readTsmProvider } from '../tsm/report.ts';
import { hasHclReport, readAzureAkCertificates, readHclReport } from '../vtpm/azure.ts';
import { hasGoogleAk } from '../vtpm/google.ts';
import { exists, readMemoryEncryption, type MemoryEncryption } from './memory-encryption.ts';

/** What tells one kind of machine from another. The host can feign all of it: it suggests a variant and proves none. */
export interface MachineFacts {
  /** DMI strings; null where there are none. */
  readonly dmi: {
    readonly vendor: string | null;
    readonly product: string | null;
    readonly chassisAssetTag: string | null;
  };
  /** Provider of configfs-tsm. */
  readonly tsmProvider: string | null;
  /** Of `/dev`: those that exist, in this order. */
  readonly devices: readonly ('sev-guest' | 'tdx_guest' | 'tpmrm0' | 'tpm0')[];
  /** Null where nothing tells. */
  readonly memoryEncryption: MemoryEncryption | null;
  /** Null where there is no TPM, or none was opened. */
  readonly vtpm: VtpmFacts | null;
}

export interface VtpmFacts {
  /** TEE behind the paravisor, of Azure's HCL report; `unknown` where it cannot be read. */
  readonly hclReport: 'sev-snp' | 'tdx' | 'unknown' | null;
  readonly azureAkCertificate: boolean;
  readonly googleAk: boolean;
}

export interface MachineFactsOptions {
  readonly roots: DeviceRoots;
  readonly random: (length: number) => Uint8Array;
  readonly tpm: Tpm | null;
}

const DEVICES = ['sev-guest', 'tdx_guest', 'tpmrm0', 'tpm0'] as const;

/** Looks, and changes nothing that stays. */
export async function readMachineFacts({ roots, random, tpm }: MachineFactsOptions): Promise<MachineFacts> {
  const dmi = (name: string) => readTextIfThere(join(roots.sysfs, 'class/dmi/id', name));
  const there = await Promise.all(DEVICES.map((name) => exists(join(roots.dev, name))));
  return {
    dmi: {
      vendor: await dmi('sys_vendor'),
      product: await dmi('product_name'),
      chassisAssetTag: await dmi('chassis_asset_tag'),
    },
    tsmProvider: await readTsmProvider({ roots, random }),
    devices: DEVICES.filter((_, at) => there[at]),
    memoryEncryption: await readMemoryEncryption(roots),
    vtpm: tpm === null ? null : await readVtpmFacts(tpm),
  };
}

async function readVtpmFacts(tpm: Tpm): Promise<VtpmFacts> {
  return {
    hclReport: (await hasHclReport(tpm)) ? teeOf(await readHclReport(tpm)) : null,
    azureAkCertificate: (await readAzureAkCertificates(tpm)).length > 0,
    googleAk: await hasGoogleAk(tpm),
  };
}

function teeOf(hclReport: Uint8Array): VtpmFacts['hclReport'] {
  try {
    return parseHclReport(hclReport).reportType === 'SNP' ? 'sev-snp' : 'tdx';
  } catch (error) {
    if (error instanceof TpmFormatError) return 'unknown';
    throw error;
  }
}

async function readTextIfThere(path: string): Promise<string | null> {
  return readKernelText(path).catch((error: unknown) => {
    if (error instanceof TeeDeviceError && error.code === 'unavailable') return null;
    throw error;
  });
}
