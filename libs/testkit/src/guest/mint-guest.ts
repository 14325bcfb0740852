import { NO_COLLATERAL, type Collateral } from '@asterism/attestation';
import { mintSnpPki, type MintedSnpMachine, type SnpMachineOptions } from '../snp/index.ts';
import { mintTdxMachine, mintTdxPki, type TdxMachineOptions } from '../tdx/index.ts';
import { mintChain } from '../x509/index.ts';
import { MintedGuest, type GuestVariant } from './minted-guest.ts';
import { mintVtpm } from './minted-vtpm.ts';

export interface GuestOptions {
  readonly cluster?: string;
  readonly pool?: string;
  readonly product?: 'Milan' | 'Genoa' | 'Turin';
  readonly snp?: SnpMachineOptions;
  readonly tdx?: TdxMachineOptions;
  /** Everything is fresh at this time; the mint's own unless said. */
  readonly at?: Date;
}

const YEAR_MS = 365 * 86_400_000;

/** A machine of the variant, with all that the vendors publish of it. */
export async function mintGuest(variant: GuestVariant, options: GuestOptions = {}): Promise<MintedGuest> {
  const { at } = options;
  const validity = at && {
    notBefore: new Date(at.getTime() - YEAR_MS),
    notAfter: new Date(at.getTime() + YEAR_MS),
  };
  const list = at && {
    thisUpdate: new Date(at.getTime() - 86_400_000),
    nextUpdate: new Date(at.getTime() + 7 * 86_400_000),
  };
  const snp = variant.endsWith('sev-snp') ? await mintProcessor(variant, options, validity) : null;
  const tdx = variant.endsWith('tdx')
    ? await mintTdxMachine(await mintTdxPki(validity && { validity }), options.tdx)
    : null;
  const documents = list && { issueDate: list.thisUpdate, nextUpdate: list.nextUpdate };
  const collateral: Collateral = {
    ...NO_COLLATERAL,
    crls: snp === null ? [] : [await snp.pki.crl(list)],
    tdx: tdx === null ? [] : [await tdx.collateral(documents)],
  };
  const spoil = () => ({ ...validity });
  const nitro =
    variant === 'aws-nitro-tpm'
      ? await mintChain({ keys: 'ecdsa-p384', leaf: spoil, intermediate: spoil, root: spoil })
      : null;
  const maker = MAKERS[variant];
  const vtpm = maker === undefined ? null : await mintVtpm(maker, validity);
  return new MintedGuest(variant, { snp, tdx, vtpm, nitro, collateral }, options);
}

async function mintProcessor(
  variant: GuestVariant,
  { product = 'Genoa', snp }: GuestOptions,
  validity: { readonly notBefore: Date; readonly notAfter: Date } | undefined,
): Promise<MintedSnpMachine> {
  const pki = await mintSnpPki(product, validity && { validity });
  return pki.machine({ ...(variant === 'aws-sev-snp' && { kind: 'VLEK' }), ...snp });
}

/** Whose vTPM the machine has; of Azure's confidential machines the report vouches for the key, too. */
const MAKERS: Readonly<Partial<Record<GuestVariant, 'azure' | 'google' | 'nobody'>>> = {
  'azure-sev-snp': 'azure',
  'azure-tdx': 'azure',
  'azure-trusted-launch': 'azure',
  'gcp-sev-snp': 'google',
  'gcp-sev-es': 'google',
  'aws-sev-snp': 'nobody',
};
