import type { SigningKey, SnpProduct, TcbVersion } from '@asterism/snp';
import type { PckCa } from '@asterism/tdx';

/** One thing that a vendor publishes. The kinds and enumerations are closed, and numbers and digits are checked: a need is read from unverified evidence and ends in an address. */
export type CollateralNeed =
  /** ASK or ASVK, and ARK. */
  | { readonly kind: 'amd-chain'; readonly product: SnpProduct; readonly key: SigningKey }
  /** The certificate of one chip at one version of its firmware. */
  | {
      readonly kind: 'amd-vcek';
      readonly product: SnpProduct;
      /** 64 bytes in lower-case hexadecimal; 8 on Turin. */
      readonly chipId: string;
      readonly tcb: TcbVersion;
    }
  | { readonly kind: 'amd-crl'; readonly product: SnpProduct; readonly key: SigningKey }
  /** `fmspc` is 6 bytes in lower-case hexadecimal. */
  | { readonly kind: 'intel-tcb-info'; readonly fmspc: string }
  | { readonly kind: 'intel-qe-identity' }
  | { readonly kind: 'intel-pck-crl'; readonly ca: PckCa }
  | { readonly kind: 'intel-root-crl' };

export type CollateralKind = CollateralNeed['kind'];
