import type { MachineDevicesOf, StatedDevices } from '@asterism/attestation';
import type { Bytes } from '@asterism/bytes';
import {
  createGoogleAk,
  readAzureAk,
  readAzureAkCertificates,
  readHclReport,
  readThimCertificates,
  requestTdQuote,
  requestTsmReport,
  type AzureImdsOptions,
  type DeviceRoots,
  type TsmProvider,
} from '@asterism/tee-device';
import { requestNitroDocument, type Tpm } from '@asterism/tpm';
import { openAttestationKey } from '@asterism/tpm-device';
import type { Logger } from '../logger.ts';

export type StatedVariant = StatedDevices['variant'];

export interface DeviceOptions {
  readonly roots: DeviceRoots;
  readonly imds: AzureImdsOptions;
  readonly attestationKeyFile: string;
  readonly eventLog: Bytes | null;
  /** Issuers of the AK certificate up to the root: clouds keep the certificate alone in the vTPM. */
  readonly akIssuers: readonly Bytes[];
  readonly random: (length: number) => Uint8Array;
  readonly log: Logger;
}

export interface OpenedDevices {
  readonly devices: StatedDevices;
  readonly keyIsNew: boolean;
}

type TpmVariant = Exclude<StatedVariant, 'sev-snp' | 'tdx'>;
type Opened<V extends StatedVariant> = { readonly devices: MachineDevicesOf<V>; readonly keyIsNew?: boolean };

/** A TEE by configfs-tsm, without a TPM. */
export function openTee(variant: 'sev-snp' | 'tdx', options: DeviceOptions): OpenedDevices {
  const devices: StatedDevices =
    variant === 'sev-snp'
      ? { variant, report: reporter('sev_guest', options) }
      : { variant, report: reporter('tdx_guest', options), eventLog: options.eventLog };
  return { devices, keyIsNew: false };
}

const OPENERS: { readonly [V in TpmVariant]: (tpm: Tpm, options: DeviceOptions) => Promise<Opened<V>> } = {
  'azure-sev-snp': async (tpm, options) => ({
    devices: {
      variant: 'azure-sev-snp',
      ...(await azureKey(tpm, options)),
      hclReport: await readHclReport(tpm),
      certificates: await thimCertificates(options),
    },
  }),
  'azure-tdx': async (tpm, options) => ({
    devices: {
      variant: 'azure-tdx',
      ...(await azureKey(tpm, options)),
      hclReport: await readHclReport(tpm),
      quoteTd: (tdReport) => requestTdQuote(tdReport, options.imds),
    },
  }),
  'azure-trusted-launch': async (tpm, options) => ({
    devices: {
      variant: 'azure-trusted-launch',
      ...(await azureKey(tpm, options)),
      akCertificates: [...(await readAzureAkCertificates(tpm)), ...options.akIssuers],
    },
  }),
  'gcp-sev-snp': async (tpm, options) => ({
    devices: {
      variant: 'gcp-sev-snp',
      ...(await googleKey(tpm, options)),
      report: reporter('sev_guest', options),
    },
  }),
  'gcp-sev-es': async (tpm, options) => ({
    devices: { variant: 'gcp-sev-es', ...(await googleKey(tpm, options)) },
  }),
  'aws-sev-snp': async (tpm, { attestationKeyFile, eventLog, ...options }) => {
    const { key, created } = await openAttestationKey(tpm, attestationKeyFile);
    const report = reporter('sev_guest', options);
    return { devices: { variant: 'aws-sev-snp', tpm, ak: key, eventLog, report }, keyIsNew: created };
  },
  'aws-nitro-tpm': async (tpm) => ({
    devices: { variant: 'aws-nitro-tpm', document: (nonce) => requestNitroDocument(tpm, nonce) },
  }),
};

/** What the variant collects from on a machine with a TPM. The keys that are loaded live as long as the TPM is open. */
export async function openWithTpm(
  variant: TpmVariant,
  tpm: Tpm,
  options: DeviceOptions,
): Promise<OpenedDevices> {
  const { devices, keyIsNew = false } = await OPENERS[variant](tpm, options);
  return { devices, keyIsNew };
}

function reporter(provider: TsmProvider, { roots, random }: Pick<DeviceOptions, 'roots' | 'random'>) {
  return (reportData: Bytes) =>
    requestTsmReport({ reportData, provider, privilegeLevel: null }, { roots, random });
}

async function azureKey(tpm: Tpm, { eventLog }: DeviceOptions) {
  return { tpm, ak: await readAzureAk(tpm), eventLog };
}

async function googleKey(tpm: Tpm, { eventLog, akIssuers }: DeviceOptions) {
  const { key, certificates } = await createGoogleAk(tpm);
  return { tpm, ak: key, eventLog, akCertificates: [...certificates, ...akIssuers] };
}

/** A verifier can fetch them itself: the metadata service being out of reach keeps no node from attesting. */
async function thimCertificates({ imds, log }: DeviceOptions): Promise<readonly Bytes[]> {
  try {
    return await readThimCertificates(imds);
  } catch (error) {
    log.warn({ err: error }, 'metadata service gives no certificates of the processor');
    return [];
  }
}
