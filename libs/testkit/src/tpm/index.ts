export { mintQuote, type QuoteOrder } from './mint-quote.ts';
export { mintAk, type AkKind, type MintedAk } from './minted-ak.ts';
