export { mintTpm, type MintedQuoteOrder, type MintedTpm } from './attestation/index.ts';
export * from './database/index.ts';
