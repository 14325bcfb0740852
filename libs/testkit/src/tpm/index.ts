export { LargeNv, type NsmAnswer } from './large-nv.ts';
export { mintQuote, type QuoteOrder } from './mint-quote.ts';
export { mintAk, type AkKind, type MintedAk } from './minted-ak.ts';
export { recordTransport, type RecordingTransport } from './recording-transport.ts';
export { serveTpm, type ServedTpm } from './serve-tpm.ts';
export { softwareTpms, type SoftwareTpms } from './software-tpms.ts';
