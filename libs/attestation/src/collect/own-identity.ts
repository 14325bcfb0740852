import type { Variant } from '@asterism/contracts';
import { parseReport } from '@asterism/snp';
import { parseTdxQuote, readPckExtensions, pckPlatformOf } from '@asterism/tdx';
import { parseNitroDocument } from '@asterism/tpm';
import { toMachineIdentity } from '../activation.ts';
import { asFormatError } from '../format.ts';
import { identityOfChip, identityOfModule, identityOfPlatform } from '../verify/machine-identity.ts';
import type { MachineDevices, MachineDevicesOf, QuotingDevice } from './devices.ts';
import { CollectError } from './errors.ts';

/** Variants whose machines state an identity before they prove it; `tpm` states the EK itself. */
type StatedVariant = Exclude<Variant, 'tpm'>;
export type StatedDevices = Exclude<MachineDevices, { variant: 'tpm' }>;

/** Bound to nothing: only read by its own machine. */
const NOTHING = new Uint8Array(64);

const byAttestationKey = ({ ak }: QuotingDevice) => toMachineIdentity(ak.publicArea);

const IDENTITIES: { readonly [V in StatedVariant]: (devices: MachineDevicesOf<V>) => Promise<string> } = {
  'sev-snp': async ({ report }) => {
    const own = await report(NOTHING);
    const { chipId } = asFormatError('report', () => parseReport(own.report));
    const identity = await identityOfChip(chipId);
    if (identity !== null) return identity;
    throw new CollectError('identity-unknown', 'the report does not name its chip');
  },
  tdx: async ({ report }) => {
    const own = await report(NOTHING);
    const { ppid } = asFormatError('quote', () =>
      readPckExtensions(pckPlatformOf(parseTdxQuote(own.report)).chain[0]),
    );
    return identityOfPlatform(ppid);
  },
  'azure-sev-snp': byAttestationKey,
  'azure-tdx': byAttestationKey,
  'azure-trusted-launch': byAttestationKey,
  'gcp-sev-snp': byAttestationKey,
  'gcp-sev-es': byAttestationKey,
  'aws-sev-snp': byAttestationKey,
  'aws-nitro-tpm': async ({ document }) => {
    const own = await document(NOTHING.subarray(0, 32));
    return identityOfModule(asFormatError('document', () => parseNitroDocument(own)).document.moduleId);
  },
};

/**
 * The machine identity that its verified evidence will show, which the machine states before (protocol §1.4).
 * @throws CollectError `identity-unknown`, and what the devices throw
 */
export function readOwnIdentity(devices: StatedDevices): Promise<string> {
  const read = IDENTITIES[devices.variant] as (devices: StatedDevices) => Promise<string>;
  return read(devices);
}
