import type { Variant } from '@asterism/contracts';
import { AZURE_VTPM_ROOTS, GOOGLE_VTPM_ROOTS } from '@asterism/tpm';
import { toJsonc, field, type Members } from './commented.ts';
import { anyMeasurement, ownMeasurement, zeroMeasurement } from './measurement.ts';
import { MACHINES, sharedSection, type CollateralUse } from './shared-section.ts';
import {
  ALIAS_CHECKED,
  NO_ID_KEY,
  REFUSE_PROVISIONAL,
  snpSection,
  VCEK,
  VMPL0,
  type SnpPreset,
} from './snp-section.ts';
import { tdxSection } from './tdx-section.ts';
import {
  certifiedTpmSection,
  endorsedTpmSection,
  nitroTpmSection,
  vouchedTpmSection,
} from './tpm-section.ts';

export interface Preset {
  readonly name: string;
  readonly variant: Variant;
  readonly machines: string;
  /** JSON with comments. */
  readonly text: string;
}

const LAUNCH = 'SHA-384 (96 hex digits); import-measurements takes it from a signed file';

const firmware = ownMeasurement('firmware and first memory of the guest, as launched', LAUNCH);

const BARE_SNP: Omit<SnpPreset, 'product'> = {
  signingKey: VCEK,
  provisionalFirmware: REFUSE_PROVISIONAL,
  vmpl: VMPL0,
  measurement: ownMeasurement(
    'firmware, kernel, initrd and command line of the guest, as `sev-snp-measure` works them out',
    LAUNCH,
  ),
  idKeyDigest: NO_ID_KEY,
  aliasCheckComplete: ALIAS_CHECKED,
};

const AZURE_SNP: SnpPreset = {
  ...BARE_SNP,
  product: 'Genoa',
  measurement: anyMeasurement(
    'of Microsoft’s paravisor, which changes with its updates: its signer is pinned below',
  ),
  idKeyDigest: ownMeasurement(
    'who signs the paravisor (Microsoft). Public evidence of Azure machines shows 942fd93e… since 2024 and 03562158… ' +
      'before; read it from a machine of your own',
    'SHA-384 of the ID key; `asterism appraise` shows it as idKeyDigest',
  ),
};

const AWS_SNP: SnpPreset = {
  ...BARE_SNP,
  product: { milanOn: 'EC2’s M6a, C6a and R6a machines' },
  signingKey: field('AWS signs with keys of its fleet, not of single processors', 'VLEK'),
  provisionalFirmware: field(
    'AWS commits new firmware weeks after it has been installed; the floors hold',
    'any',
  ),
  measurement: ownMeasurement(
    'AWS’s open firmware (github.com/aws/uefi), rebuilt or measured by you',
    LAUNCH,
  ),
  aliasCheckComplete: field('firmware of older machines does not report the check', 'any'),
};

const azureRtmr = zeroMeasurement('the paravisor extends none: the guest is measured into its vTPM', 48);

const bareTdx = tdxSection({
  mrTd: firmware,
  rtmrs: [
    ownMeasurement('configuration of the firmware and secure boot', LAUNCH),
    ownMeasurement('boot loader or unified kernel image, partitions', LAUNCH),
    ownMeasurement(
      'kernel command line and initrd, as booted; the lock that extends it is allowed for',
      LAUNCH,
    ),
    ownMeasurement('for applications; zeros where none uses it', LAUNCH),
  ],
  tdAttributes: field('SEPT_VE_DISABLE and nothing else, as QEMU sets it', ['0000001000000000']),
  eventLog: field('the firmware’s event log must come along and replay', 'required'),
});

const azureTdx = tdxSection({
  mrTd: ownMeasurement(
    'Microsoft’s paravisor; read it from a machine that you trust, and add new ones as Azure rolls them out',
    LAUNCH,
  ),
  rtmrs: [azureRtmr, azureRtmr, azureRtmr, azureRtmr],
  tdAttributes: field('nothing, or SEPT_VE_DISABLE, as Azure’s machines show', [
    '0000000000000000',
    '0000001000000000',
  ]),
  eventLog: field(
    'nothing is measured into the RTMRs that a log could explain; the vTPM’s is required',
    'any',
  ),
});

function preset(
  name: string,
  variant: Variant,
  machines: string,
  collateral: CollateralUse,
  sections: Members,
): Preset {
  const title = [
    `${name}: ${machines}.`,
    'A policy to start from. What begins with FILL IN is yours to fill in; until then the policy is refused.',
    '`any` stands only where its line says why nothing has to be compared.',
  ];
  const named = variant === 'tpm' ? sections : { ...MACHINES, ...sections };
  return {
    name,
    variant,
    machines,
    text: toJsonc(title, { ...sharedSection(variant, collateral), ...named }),
  };
}

export const PRESETS: readonly Preset[] = [
  preset('qemu-tpm', 'tpm', 'QEMU guests with software TPMs (swtpm), no memory encryption', 'none', {
    tpm: endorsedTpmSection('by-key'),
  }),
  preset('openstack-tpm', 'tpm', 'OpenStack guests with vTPMs, no memory encryption', 'none', {
    tpm: endorsedTpmSection('by-key'),
  }),
  preset('bare-metal-tpm', 'tpm', 'physical machines with TPM 2.0, no memory encryption', 'none', {
    tpm: endorsedTpmSection('by-maker'),
  }),
  preset(
    'bare-metal-sev-snp-genoa',
    'sev-snp',
    'own KVM guests on AMD EPYC Genoa, Bergamo or Siena',
    'lists',
    {
      snp: snpSection({ ...BARE_SNP, product: 'Genoa' }),
    },
  ),
  preset('bare-metal-sev-snp-turin', 'sev-snp', 'own KVM guests on AMD EPYC Turin', 'lists', {
    snp: snpSection({ ...BARE_SNP, product: 'Turin' }),
  }),
  preset('bare-metal-tdx', 'tdx', 'own KVM guests on Intel Xeon with TDX', 'lists', { tdx: bareTdx }),
  preset('azure-sev-snp', 'azure-sev-snp', 'Azure confidential VMs on AMD (DCasv6, ECasv6)', 'lists', {
    tpm: vouchedTpmSection(),
    snp: snpSection(AZURE_SNP),
  }),
  preset('azure-tdx', 'azure-tdx', 'Azure confidential VMs on Intel (DCesv6, ECesv6)', 'lists', {
    tpm: vouchedTpmSection(),
    tdx: azureTdx,
  }),
  preset(
    'azure-trusted-launch',
    'azure-trusted-launch',
    'Azure VMs with Trusted Launch, no memory encryption',
    'none',
    {
      tpm: certifiedTpmSection(AZURE_VTPM_ROOTS),
    },
  ),
  preset('gcp-sev-snp', 'gcp-sev-snp', 'Google Cloud confidential VMs with SEV-SNP (N2D)', 'lists', {
    tpm: certifiedTpmSection(GOOGLE_VTPM_ROOTS),
    snp: snpSection({
      ...BARE_SNP,
      product: { milanOn: 'N2D machines' },
      measurement: ownMeasurement('Google’s firmware, of which Google publishes signed measurements', LAUNCH),
    }),
  }),
  preset(
    'gcp-sev-es',
    'gcp-sev-es',
    'Google Cloud confidential VMs with SEV or SEV-ES: no hardware report',
    'none',
    {
      tpm: certifiedTpmSection(GOOGLE_VTPM_ROOTS),
    },
  ),
  preset('aws-sev-snp', 'aws-sev-snp', 'EC2 instances with SEV-SNP', 'lists', {
    tpm: vouchedTpmSection(),
    snp: snpSection(AWS_SNP),
  }),
  preset('aws-nitro-tpm', 'aws-nitro-tpm', 'EC2 instances with NitroTPM and attestable images', 'none', {
    nitroTpm: nitroTpmSection(),
  }),
];
