export { collateralFileOf, cutAnswer } from './collateral-file.ts';
export { mintTdx } from './mint-tdx.ts';
export { sgxParts, sgxSequence, tcbParts, type SgxPart } from './sgx-extension.ts';
export {
  mintTdxMachine,
  type MintedTdxMachine,
  type TdxCollateralOptions,
  type TdxMachineOptions,
} from './tdx-machine.ts';
export { type QeIdentityJson, type TcbInfoJson } from './tdx-documents.ts';
export { mintTdxPki, type MintedTdxPki, type TdxPkiOptions } from './tdx-pki.ts';
export { MINT_TDX15, pointOf, type TdxQuoteOptions } from './tdx-quote.ts';
export { tdxOutcome } from './tdx-outcome.ts';
export { teeTcbSvn, verifyTdxCase, type TdxCase } from './tdx-case.ts';
