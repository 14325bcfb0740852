import { describe, expect, it } from 'vitest';
import type { MachineFacts, VtpmFacts } from './machine-facts.ts';
import { suggestVariant } from './suggest-variant.ts';

const DMI = {
  azure: {
    vendor: 'Microsoft Corporation',
    product: 'Virtual Machine',
    chassisAssetTag: '7783-7084-3265-9085-8269-3286-77',
  },
  gcp: { vendor: 'Google', product: 'Google Compute Engine', chassisAssetTag: null },
  aws: { vendor: 'Amazon EC2', product: 'm6a.large', chassisAssetTag: 'Amazon EC2' },
  qemu: { vendor: 'QEMU', product: 'Standard PC (Q35 + ICH9, 2009)', chassisAssetTag: null },
};
const NO_NV: VtpmFacts = { hclReport: null, azureAkCertificate: false, googleAk: false };
const NOTHING: MachineFacts = {
  dmi: DMI.qemu,
  tsmProvider: null,
  devices: [],
  memoryEncryption: 'none',
  vtpm: null,
};

const facts = (changes: Partial<MachineFacts>): MachineFacts => ({ ...NOTHING, ...changes });
const vtpm = (changes: Partial<VtpmFacts> = {}): VtpmFacts => ({ ...NO_NV, ...changes });

describe('suggestVariant', () => {
  it.each<[string, Partial<MachineFacts>]>([
    ['sev-snp', { tsmProvider: 'sev_guest' }],
    ['sev-snp', { tsmProvider: 'sev_guest', vtpm: vtpm() }],
    ['tdx', { tsmProvider: 'tdx_guest', memoryEncryption: 'tdx' }],
    ['tpm', { vtpm: vtpm() }],
    ['azure-sev-snp', { dmi: DMI.azure, vtpm: vtpm({ hclReport: 'sev-snp', azureAkCertificate: true }) }],
    ['azure-tdx', { dmi: DMI.azure, vtpm: vtpm({ hclReport: 'tdx', azureAkCertificate: true }) }],
    ['azure-trusted-launch', { dmi: DMI.azure, vtpm: vtpm({ azureAkCertificate: true }) }],
    ['tpm', { dmi: DMI.azure, vtpm: vtpm() }],
    [
      'gcp-sev-snp',
      { dmi: DMI.gcp, tsmProvider: 'sev_guest', memoryEncryption: 'sev-snp', vtpm: vtpm({ googleAk: true }) },
    ],
    ['gcp-sev-es', { dmi: DMI.gcp, memoryEncryption: 'sev-es', vtpm: vtpm({ googleAk: true }) }],
    ['gcp-sev-es', { dmi: DMI.gcp, memoryEncryption: 'sev', vtpm: vtpm({ googleAk: true }) }],
    [
      'tdx',
      { dmi: DMI.gcp, tsmProvider: 'tdx_guest', memoryEncryption: 'tdx', vtpm: vtpm({ googleAk: true }) },
    ],
    ['tpm', { dmi: DMI.gcp, vtpm: vtpm({ googleAk: true }) }],
    ['tpm', { dmi: DMI.gcp, vtpm: vtpm() }],
    ['aws-sev-snp', { dmi: DMI.aws, tsmProvider: 'sev_guest', vtpm: vtpm() }],
    ['sev-snp', { dmi: DMI.aws, tsmProvider: 'sev_guest' }],
    ['aws-nitro-tpm', { dmi: DMI.aws, vtpm: vtpm() }],
  ])('finds %s', (variant, found) => {
    expect(suggestVariant(facts(found)).variant).toBe(variant);
  });

  it.each<[string, string, Partial<MachineFacts>]>([
    ['nothing-found', 'a machine without anything', {}],
    ['interface-missing', 'a TPM that did not open', { devices: ['tpm0'] }],
    ['interface-missing', 'SNP before configfs-tsm', { devices: ['sev-guest'] }],
    ['interface-missing', 'TDX before configfs-tsm', { devices: ['tdx_guest'] }],
    ['interface-missing', 'SNP without its driver', { memoryEncryption: 'sev-snp', vtpm: vtpm() }],
    ['interface-missing', 'TDX without its driver', { memoryEncryption: 'tdx', vtpm: vtpm() }],
    [
      'interface-missing',
      'SNP on Google without its driver',
      { dmi: DMI.gcp, memoryEncryption: 'sev-snp', vtpm: vtpm({ googleAk: true }) },
    ],
    [
      'interface-missing',
      'TDX on Google without its driver',
      { dmi: DMI.gcp, memoryEncryption: 'tdx', vtpm: vtpm({ googleAk: true }) },
    ],
    [
      'interface-missing',
      'Azure with a TPM that did not open',
      { dmi: DMI.azure, devices: ['tpmrm0', 'tpm0'] },
    ],
    ['nothing-found', 'EC2 without a TPM', { dmi: DMI.aws }],
    ['nothing-found', 'Google without a TPM', { dmi: DMI.gcp }],
    [
      'undetermined',
      'Google where SEV_STATUS cannot be read',
      { dmi: DMI.gcp, memoryEncryption: null, vtpm: vtpm({ googleAk: true }) },
    ],
    ['unsupported', 'a TEE of no variant', { tsmProvider: 'arm_cca_guest' }],
    [
      'unsupported',
      'an HCL report that cannot be read',
      { dmi: DMI.azure, vtpm: vtpm({ hclReport: 'unknown' }) },
    ],
  ])('says %s of %s', (code, _, found) => {
    expect(suggestVariant(facts(found))).toMatchObject({ variant: null, code });
  });
});
