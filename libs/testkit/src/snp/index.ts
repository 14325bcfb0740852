export { snpField, snpFieldOid, type SnpField } from './amd-fields.ts';
export { mintSnp } from './mint-snp.ts';
export { type MintedSnpMachine, type SnpMachineOptions } from './snp-machine.ts';
export { mintSnpPki, type MintedSnpPki, type SnpPkiOptions } from './snp-pki.ts';
export { MINT_TCB } from './snp-report.ts';
