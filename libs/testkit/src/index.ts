export { mintTpm, type MintedQuoteOrder, type MintedTpm } from './attestation/index.ts';
export * from './database/index.ts';
export * from './x509/index.ts';
