export { MintedMachine } from './agent/index.ts';
export { mintTpm, type MintedQuoteOrder, type MintedTpm } from './attestation/index.ts';
export * from './database/index.ts';
export * from './malformed/index.ts';
export * from './snp/index.ts';
export * from './suites/index.ts';
export * from './tpm/index.ts';
export * from './x509/index.ts';
