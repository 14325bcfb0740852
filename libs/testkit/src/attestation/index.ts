export { mintTpm, type MintedQuoteOrder, type MintedTpm } from './minted-tpm.ts';
