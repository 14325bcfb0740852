import type { MachineFacts } from './machine-facts.ts';

/** Evidence variants as the contract names them. */
export type SuggestedVariant =
  | 'tpm'
  | 'sev-snp'
  | 'tdx'
  | 'azure-sev-snp'
  | 'azure-tdx'
  | 'azure-trusted-launch'
  | 'gcp-sev-snp'
  | 'gcp-sev-es'
  | 'aws-sev-snp'
  | 'aws-nitro-tpm';

export type Suggestion =
  | { readonly variant: SuggestedVariant; readonly because: string }
  | {
      readonly variant: null;
      /**
       * `nothing-found`: neither TEE nor TPM. `interface-missing`: one that this kernel gives no way to. `undetermined`:
       * what would tell cannot be read. `unsupported`: a machine of no variant.
       */
      readonly code: 'nothing-found' | 'interface-missing' | 'undetermined' | 'unsupported';
      readonly because: string;
    };

type Tee = 'sev-snp' | 'tdx';

/** The cloud by DMI strings, as cloud-init and systemd know them. */
const CLOUDS = [
  {
    cloud: 'azure',
    is: ({ dmi }: MachineFacts) => dmi.chassisAssetTag === '7783-7084-3265-9085-8269-3286-77',
  },
  { cloud: 'gcp', is: ({ dmi }: MachineFacts) => dmi.product === 'Google Compute Engine' },
  { cloud: 'aws', is: ({ dmi }: MachineFacts) => dmi.vendor === 'Amazon EC2' },
] as const;

/**
 * The variant that fits what was found. The pool's variant is configuration: this confirms it, or helps whoever writes
 * it. One answer or none; where two would do, the one whose evidence says more.
 */
export function suggestVariant(facts: MachineFacts): Suggestion {
  const cloud = CLOUDS.find(({ is }) => is(facts))?.cloud ?? 'none';
  return BY_CLOUD[cloud](facts);
}

const BY_CLOUD: Readonly<Record<'azure' | 'gcp' | 'aws' | 'none', (facts: MachineFacts) => Suggestion>> = {
  azure: (facts) => {
    const { vtpm } = facts;
    if (vtpm === null) return noTpm(facts, 'Azure');
    if (vtpm.hclReport === 'sev-snp' || vtpm.hclReport === 'tdx') {
      return found(`azure-${vtpm.hclReport}`, `the vTPM holds an HCL report of ${vtpm.hclReport}`);
    }
    if (vtpm.hclReport === 'unknown')
      return none('unsupported', 'the HCL report in the vTPM is of another TEE');
    if (vtpm.azureAkCertificate) {
      return found(
        'azure-trusted-launch',
        "the vTPM holds a certificate of Azure's for its key, and no HCL report",
      );
    }
    return found('tpm', 'Azure gave the vTPM neither HCL report nor certificate');
  },
  gcp: (facts) => {
    const { vtpm, memoryEncryption } = facts;
    const tee = teeOf(facts);
    if (tee === 'tdx') return found('tdx', 'Compute Engine with reports of tdx_guest');
    if (vtpm === null) return noTpm(facts, 'Compute Engine');
    if (!vtpm.googleAk) return found('tpm', "the vTPM has no template of Google's attestation key");
    if (tee === 'sev-snp')
      return found('gcp-sev-snp', 'reports of sev_guest, and an attestation key of Google’s');
    switch (memoryEncryption) {
      case 'sev-snp':
        return missing('sev-guest', 'SEV-SNP');
      case 'tdx':
        return missing('tdx-guest', 'TDX');
      case 'sev-es':
      case 'sev':
        return found('gcp-sev-es', 'SEV without reports, and an attestation key of Google’s');
      case 'none':
        return found('tpm', 'Compute Engine without memory encryption');
      case null:
        return none(
          'undetermined',
          'gcp-sev-es or tpm: SEV_STATUS cannot be read (is the msr module loaded?)',
        );
    }
  },
  aws: (facts) => {
    const { vtpm } = facts;
    const tee = teeOf(facts);
    if (tee === 'sev-snp' && vtpm !== null)
      return found('aws-sev-snp', 'EC2 with reports of sev_guest and a TPM');
    if (tee === 'sev-snp') return found('sev-snp', 'EC2 with reports of sev_guest and no TPM');
    if (vtpm === null) return noTpm(facts, 'EC2');
    return found('aws-nitro-tpm', 'EC2 with a NitroTPM');
  },
  none: (facts) => {
    const tee = teeOf(facts);
    if (tee !== null) return found(tee, `reports of ${facts.tsmProvider}`);
    if (facts.tsmProvider !== null) {
      return none('unsupported', `reports are of ${facts.tsmProvider}, which no variant is for`);
    }
    if (facts.devices.includes('sev-guest')) return missing('configfs-tsm', 'SEV-SNP');
    if (facts.devices.includes('tdx_guest')) return missing('configfs-tsm', 'TDX');
    if (facts.memoryEncryption === 'tdx') return missing('tdx-guest', 'TDX');
    if (facts.memoryEncryption === 'sev-snp') return missing('sev-guest', 'SEV-SNP');
    if (facts.vtpm !== null) return found('tpm', 'a TPM and no TEE');
    return noTpm(facts, 'the machine');
  },
};

function teeOf({ tsmProvider }: MachineFacts): Tee | null {
  if (tsmProvider === 'sev_guest') return 'sev-snp';
  return tsmProvider === 'tdx_guest' ? 'tdx' : null;
}

function found(variant: SuggestedVariant, because: string): Suggestion {
  return { variant, because };
}

function none(code: Extract<Suggestion, { code: string }>['code'], because: string): Suggestion {
  return { variant: null, code, because };
}

function missing(what: string, tee: string): Suggestion {
  return none('interface-missing', `${tee}, but the kernel gives no reports: ${what} is missing (Linux 6.7)`);
}

function noTpm({ devices }: MachineFacts, where: string): Suggestion {
  if (devices.includes('tpm0') || devices.includes('tpmrm0')) {
    return none('interface-missing', `${where} has a TPM that could not be opened`);
  }
  return none('nothing-found', `${where} has neither a TEE that gives reports nor a TPM`);
}
