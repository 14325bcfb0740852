import type { Certificate } from '../certificate/certificate.ts';

/** A pinned root: the SHA-256 of its SubjectPublicKeyInfo in lower-case hexadecimal, and a name for people. */
export interface TrustAnchor {
  readonly name: string;
  readonly spkiSha256: string;
}

const made: unique symbol = Symbol('made by verifyChain');

/**
 * A chain that `verifyChain` has proved. The private field makes the type nominal, and only this room holds the symbol
 * that the constructor asks for, so nobody else can make one.
 */
export class VerifiedChain {
  /** Leaf first, pinned root last. */
  readonly certificates: readonly Certificate[];
  readonly leaf: Certificate;
  readonly anchor: TrustAnchor;
  readonly verifiedAt: Date;
  /** How many certificates, from the leaf, were looked up in a fresh revocation list. */
  readonly revocationChecked: readonly boolean[];
  readonly #made: typeof made;

  constructor(
    proof: typeof made,
    path: readonly [Certificate, ...Certificate[]],
    anchor: TrustAnchor,
    verifiedAt: Date,
    revocationChecked: readonly boolean[],
  ) {
    if (proof !== made) throw new TypeError('only verifyChain makes a verified chain');
    this.#made = proof;
    this.certificates = Object.freeze([...path]);
    this.leaf = path[0];
    this.anchor = Object.freeze({ name: anchor.name, spkiSha256: anchor.spkiSha256 });
    this.verifiedAt = new Date(verifiedAt);
    this.revocationChecked = Object.freeze([...revocationChecked]);
    Object.freeze(this);
  }

  /** True for what `verifyChain` returned, also when the value crossed untyped code. */
  static isGenuine(value: unknown): value is VerifiedChain {
    return typeof value === 'object' && value !== null && #made in value && value.#made === made;
  }
}

export function makeVerifiedChain(
  path: readonly [Certificate, ...Certificate[]],
  anchor: TrustAnchor,
  verifiedAt: Date,
  revocationChecked: readonly boolean[],
): VerifiedChain {
  return new VerifiedChain(made, path, anchor, verifiedAt, revocationChecked);
}
