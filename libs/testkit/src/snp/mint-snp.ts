import type { SnpProduct } from '@asterism/snp';
import type { MintedSnpMachine, SnpMachineOptions } from './snp-machine.ts';
import { mintSnpPki, type MintedSnpPki } from './snp-pki.ts';

const issuers = new Map<SnpProduct, Promise<MintedSnpPki>>();

/** A machine of the process's own issuers of the product, Milan's unless said: all of them share their roots. */
export async function mintSnp(
  options: SnpMachineOptions & { readonly product?: SnpProduct } = {},
): Promise<MintedSnpMachine> {
  const { product = 'Milan', ...machine } = options;
  const pki = issuers.get(product) ?? mintSnpPki(product);
  issuers.set(product, pki);
  return (await pki).machine(machine);
}
