import type { TrustAnchor } from '@asterism/x509';
import type { SnpProduct } from '../report/product.ts';

/** A root of AMD's, pinned by its common name and the SHA-256 of its SubjectPublicKeyInfo, for one product. */
export interface AmdRoot extends TrustAnchor {
  readonly product: SnpProduct;
}

/**
 * The roots of AMD's Key Distribution Service: `ark` of `https://kdsintf.amd.com/vcek/v1/{product}/cert_chain`, the same
 * as of `/vlek/v1/{product}/cert_chain` (AMD 57230 rev. 1.00, chapter 4). google/go-sev-guest and virtee/sev embed the same
 * three.
 */
export const AMD_ROOTS: readonly AmdRoot[] = Object.freeze([
  {
    product: 'Milan',
    name: 'ARK-Milan',
    spkiSha256: '9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9',
  },
  {
    product: 'Genoa',
    name: 'ARK-Genoa',
    spkiSha256: '429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831',
  },
  {
    product: 'Turin',
    name: 'ARK-Turin',
    spkiSha256: '4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08',
  },
]);
