import type { VerifiedChain } from '@asterism/x509';
import type { NitroDocument } from './nitro-document.ts';

const made: unique symbol = Symbol('made by verifyNitroDocument');

/** A document that `verifyNitroDocument` has proved to be AWS's. Whether it is acceptable is a policy's to say. */
export class VerifiedNitroDocument {
  readonly document: NitroDocument;
  /** Of the certificate of the document; `revocationChecked` says what was looked up in a revocation list. */
  readonly chain: VerifiedChain;
  readonly #made: typeof made;

  constructor(proof: typeof made, document: NitroDocument, chain: VerifiedChain) {
    if (proof !== made) throw new TypeError('only verifyNitroDocument makes a verified document');
    this.#made = proof;
    this.document = Object.freeze({ ...document });
    this.chain = chain;
    Object.freeze(this);
  }

  /** True for what `verifyNitroDocument` returned, also when the value crossed untyped code. */
  static isGenuine(value: unknown): value is VerifiedNitroDocument {
    return typeof value === 'object' && value !== null && #made in value && value.#made === made;
  }
}

export function makeVerifiedNitroDocument(
  document: NitroDocument,
  chain: VerifiedChain,
): VerifiedNitroDocument {
  return new VerifiedNitroDocument(made, document, chain);
}
