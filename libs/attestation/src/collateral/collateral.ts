import type { TdxCollateral } from '@asterism/tdx';
import type { Certificate, Crl } from '@asterism/x509';

/**
 * What vendors publish to check evidence with, from wherever it came. Nothing in it is verified: the verification of the
 * evidence takes what fits and proves it together with the rest.
 */
export interface Collateral {
  /** Of AMD's endorsement keys and of the CAs of every vendor, in any order. */
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Crl[];
  /** Documents and lists of Intel's; each entry may hold some of the four. */
  readonly tdx: readonly TdxCollateral[];
}

export const NO_COLLATERAL: Collateral = Object.freeze({ certificates: [], crls: [], tdx: [] });

/** All of several, each certificate and list once: a chain with a certificate twice is refused. */
export function joinCollateral(parts: readonly Collateral[]): Collateral {
  return {
    certificates: distinct(parts.flatMap(({ certificates }) => certificates)),
    crls: distinct(parts.flatMap(({ crls }) => crls)),
    tdx: parts.flatMap(({ tdx }) => tdx),
  };
}

function distinct<Item extends { readonly der: Uint8Array }>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [binary.decode(item.der), item])).values()];
}

/** Gives each byte a character of its own, so that bytes become a key. */
const binary = new TextDecoder('latin1');
