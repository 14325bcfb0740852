import { readOwnBoot, readOwnIdentity, type StatedDevices } from '@asterism/attestation';
import { flushLeftovers, Tpm } from '@asterism/tpm';
import { openTpm } from '@asterism/tpm-device';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { bootRecordFile } from '../state/boot-record.ts';
import { openRtmrLock, pcrLock, recordedLock, type BootLock } from './boot-lock.ts';
import type { Machine } from './machine.ts';
import {
  openTee,
  openWithTpm,
  type DeviceOptions,
  type OpenedDevices,
  type StatedVariant,
} from './open-devices.ts';
import { StatedMachine } from './stated-machine.ts';

export interface StatedMachineOptions extends DeviceOptions {
  readonly variant: StatedVariant;
  /** Address as `openTpm` takes it; null for a machine without one. */
  readonly tpm: string | null;
  readonly bootRecordFile: string;
  readonly target: { readonly cluster: string; readonly pool: string };
}

/**
 * Opens what the variant collects from, and reads who this machine is and which boot it is in.
 * @throws ConfigurationError where the variant needs a TPM and none is configured
 */
export async function openStatedMachine(options: StatedMachineOptions): Promise<Machine> {
  const { variant } = options;
  const tpm = await openConfiguredTpm(options);
  try {
    const opened = await open(variant, tpm, options);
    const { devices } = opened;
    const close = async () => {
      if ('ak' in devices) await devices.tpm.flush(devices.ak).catch(() => undefined);
      await tpm?.close();
    };
    return new StatedMachine({
      ...opened,
      ...(await describe(devices, tpm, options)),
      target: options.target,
      close,
    });
  } catch (error) {
    await tpm?.close();
    throw error;
  }
}

async function openConfiguredTpm({ variant, tpm: address }: StatedMachineOptions): Promise<Tpm | null> {
  if (variant === 'sev-snp' || variant === 'tdx') return null;
  if (address === null) {
    throw new ConfigurationError(
      'configuration-invalid',
      `tpm: evidence of ${variant} needs the machine's TPM`,
    );
  }
  const tpm = new Tpm(await openTpm(address));
  await flushLeftovers(tpm);
  return tpm;
}

async function open(
  variant: StatedVariant,
  tpm: Tpm | null,
  options: StatedMachineOptions,
): Promise<OpenedDevices> {
  if (variant === 'sev-snp' || variant === 'tdx') return openTee(variant, options);
  if (tpm === null) throw new Error('no TPM was opened');
  return openWithTpm(variant, tpm, options);
}

async function describe(devices: StatedDevices, tpm: Tpm | null, options: StatedMachineOptions) {
  const boot = (await readOwnBoot(devices)) ?? (await readKernelBoot(options.roots.proc));
  return {
    identity: await readOwnIdentity(devices),
    boot,
    lock: await openLock(devices, tpm, boot, options),
  };
}

async function openLock(
  devices: StatedDevices,
  tpm: Tpm | null,
  boot: string,
  { roots, bootRecordFile: file }: StatedMachineOptions,
): Promise<BootLock> {
  if (tpm !== null) return pcrLock(tpm);
  const store = bootRecordFile(file, boot);
  if (devices.variant !== 'tdx') return recordedLock(store);
  return openRtmrLock({ roots, eventLog: devices.eventLog, store });
}

/** Of a machine whose evidence names no boot: only the agent's own records go by it. */
async function readKernelBoot(proc: string): Promise<string> {
  return (await readFile(join(proc, 'sys/kernel/random/boot_id'), 'utf8')).trim();
}
