import { mintTdxMachine, type MintedTdxMachine, type TdxMachineOptions } from './tdx-machine.ts';
import { mintTdxPki, type MintedTdxPki } from './tdx-pki.ts';

let issuers: Promise<MintedTdxPki> | undefined;

/** A machine of the process's own issuers: all of them share their root. */
export async function mintTdx(options: TdxMachineOptions = {}): Promise<MintedTdxMachine> {
  issuers ??= mintTdxPki();
  return mintTdxMachine(await issuers, options);
}
