export { isTcbAcceptable, type TcbException } from './appraise/tcb-exception.ts';
export { toTdxClaims, type TdxClaims } from './claims/tdx-claims.ts';
export {
  collateralFromPcs,
  parseTdxCollateral,
  type PcsAnswer,
  type PcsAnswers,
  type TdxCollateral,
} from './collateral/collateral.ts';
export type { QeIdentity } from './collateral/qe-identity.ts';
export type { SignedDocument } from './collateral/signed-document.ts';
export type { TcbInfo } from './collateral/tcb-info.ts';
export type { TcbStatus, TcbVerdict } from './collateral/tcb-level.ts';
export {
  TdxFormatError,
  TdxNotGenuineError,
  TdxRefusedError,
  TdxUndecidedError,
  type TdxCollateralPart,
  type TdxFormatErrorCode,
  type TdxNotGenuineErrorCode,
  type TdxRefusedErrorCode,
  type TdxUndecidedErrorCode,
} from './errors.ts';
export { encodeTdxQuote } from './quote/encode-quote.ts';
export type { EnclaveReport } from './quote/enclave-report.ts';
export { parseTdxQuote } from './quote/parse-quote.ts';
export type { ParsedTdxQuote, TdxQuote } from './quote/quote.ts';
export { extendRtmr } from './quote/rtmr.ts';
export type { TdReport } from './quote/td-report.ts';
export type { TcbEvaluation } from './verify/evaluate-tcb.ts';
export { INTEL_SGX_ROOTS } from './verify/intel-roots.ts';
export {
  pckCaOf,
  pckPlatformOf,
  verifyPckChain,
  type PckCa,
  type PckChain,
  type PckPlatform,
} from './verify/pck-chain.ts';
export { readPckExtensions, type PckExtensions } from './verify/pck-extensions.ts';
export { VerifiedTdxQuote, type TdxFacts } from './verify/verified-tdx-quote.ts';
export { TCB_SIGNER, verifyDocument } from './verify/verify-document.ts';
export { verifyTdxQuote, type TdxQuoteRequest } from './verify/verify-tdx-quote.ts';
