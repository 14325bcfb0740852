import { AMD_ROOTS, type AmdRoot } from '@asterism/snp';
import type { TrustAnchor } from '@asterism/x509';

/** A laboratory's root as one of AMD's: they are told apart by their names, and another name is none of them. */
export function asAmdRoots({ name, spkiSha256 }: TrustAnchor): readonly AmdRoot[] {
  const product = AMD_ROOTS.find((root) => root.name === name)?.product;
  return product === undefined ? [] : [{ product, name, spkiSha256 }];
}
