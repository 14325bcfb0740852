export {
  authorityKeyIdentifier,
  basicConstraints,
  commonName,
  extendedKeyUsage,
  keyUsage,
  mintCertificate,
  subjectKeyIdentifier,
  type CertificateTemplate,
} from './mint-certificate.ts';
export { mintChain, type ChainOptions, type MintedChain, type MintedIssuer } from './mint-chain.ts';
export { mintCrl, type CrlOptions } from './mint-crl.ts';
export { mintKey, pssAlgorithm, type MintKey, type MintKeyKind, type PssParameters } from './mint-key.ts';
export {
  MINT_AT,
  MINT_NOT_AFTER,
  MINT_NOT_BEFORE,
  withExtension,
  withoutExtension,
  type Spoil,
} from './mint-template.ts';
