import { equalBytes, toHex } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import { ChainError, X509Error } from '../errors.ts';
import { spkiSha256 } from '../signature/spki.ts';
import { verifySignatureOnce } from '../signature/verified-signatures.ts';
import {
  checkDates,
  checkExtensions,
  checkIssuer,
  isSelfIssued,
  keyIdentifiersAgree,
} from './certificate-rules.ts';
import type { TrustAnchor } from './verified-chain.ts';

/** Longest chain, leaf and root included. */
const MAX_CHAIN_LENGTH = 8;
/** Signatures that one search may check: names and key identifiers are free to forge, signature checks cost. */
const MAX_SIGNATURE_CHECKS = 32;

export interface SearchRules {
  readonly anchors: readonly TrustAnchor[];
  readonly at: Date;
  readonly leafEku: string | undefined;
  readonly criticalExtensionsUnderstood: readonly string[];
}

type Path = readonly [Certificate, ...Certificate[]];

/** Leaf first, a pinned root last. */
export interface FoundPath {
  readonly path: Path;
  readonly anchor: TrustAnchor;
}

interface Failure {
  readonly depth: number;
  readonly error: ChainError | X509Error;
}

/**
 * Depth-first search from a leaf to a pinned root through certificates of unknown order. If no path holds, the error
 * is that of the path that came furthest.
 */
export class PathSearch {
  readonly #pool: readonly Certificate[];
  readonly #rules: SearchRules;
  #signatureChecks = 0;
  #furthest: Failure | undefined;

  constructor(pool: readonly Certificate[], rules: SearchRules) {
    this.#pool = pool;
    this.#rules = rules;
  }

  /** @throws ChainError, or X509Error when an issuer's key cannot be read. */
  async from(leaf: Certificate): Promise<FoundPath> {
    const found = await this.#extend([leaf]);
    if (found !== undefined) return found;
    throw this.#furthest?.error ?? new ChainError('issuer-missing', 'no path to an anchor');
  }

  async #extend(path: Path): Promise<FoundPath | undefined> {
    const child = path.at(-1) ?? path[0];
    if (path.length > 1 && isSelfIssued(child) && keyIdentifiersAgree(child, child)) {
      return this.#attempt(path.length, async () => ({ path, anchor: await this.#root(child) }));
    }
    const named = this.#pool.filter((candidate) => equalBytes(candidate.subject.der, child.issuer.der));
    const candidates = named.filter((candidate) => !path.some((used) => sameEntity(used, candidate)));
    if (candidates.length === 0) return this.#fail(path.length, this.#noIssuer(child, named));
    if (path.length >= MAX_CHAIN_LENGTH) {
      const limits = { got: path.length + 1, want: MAX_CHAIN_LENGTH };
      return this.#fail(
        path.length,
        new ChainError('chain-too-long', 'chain has too many certificates', limits),
      );
    }
    for (const issuer of candidates) {
      const linked = await this.#attempt(path.length, () => this.#link(path, child, issuer));
      const found = linked === true ? await this.#extend([...path, issuer]) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #link(path: Path, child: Certificate, issuer: Certificate): Promise<true> {
    const { at, leafEku, criticalExtensionsUnderstood } = this.#rules;
    if (!keyIdentifiersAgree(child, issuer)) {
      throw new ChainError('key-identifier-mismatch', `issuer of ${child.subject.text} has another key`, {
        got: toHex(issuer.subjectKeyIdentifier ?? new Uint8Array()),
        want: toHex(child.authorityKeyIdentifier ?? new Uint8Array()),
      });
    }
    checkIssuer(issuer, path, leafEku);
    checkDates(issuer, at);
    checkExtensions(issuer, criticalExtensionsUnderstood);
    await this.#checkSignature(child, issuer);
    return true;
  }

  /** The last certificate proves possession of the pinned key, so that its dates and limits are its maker's. */
  async #root(root: Certificate): Promise<TrustAnchor> {
    const digest = await spkiSha256(root);
    const anchor = this.#rules.anchors.find((candidate) => candidate.spkiSha256 === digest);
    if (anchor === undefined) {
      throw new ChainError('anchor-unknown', `root ${root.subject.text} is not among the anchors`, {
        got: digest,
        want: this.#rules.anchors.map((candidate) => candidate.spkiSha256),
      });
    }
    await this.#checkSignature(root, root);
    return anchor;
  }

  async #checkSignature(child: Certificate, issuer: Certificate): Promise<void> {
    this.#signatureChecks += 1;
    if (this.#signatureChecks > MAX_SIGNATURE_CHECKS) {
      throw new ChainError('search-exhausted', 'too many signatures to check', {
        want: MAX_SIGNATURE_CHECKS,
      });
    }
    await verifySignatureOnce(child, issuer);
  }

  #noIssuer(child: Certificate, named: readonly Certificate[]): ChainError {
    if (named.length > 0)
      return new ChainError('chain-loop', `issuers of ${child.subject.text} lead back to it`);
    const { authorityKeyIdentifier } = child;
    const byKey = this.#pool.find(
      ({ subjectKeyIdentifier }) =>
        authorityKeyIdentifier !== undefined &&
        subjectKeyIdentifier !== undefined &&
        equalBytes(authorityKeyIdentifier, subjectKeyIdentifier),
    );
    return byKey === undefined
      ? new ChainError('issuer-missing', `issuer of ${child.subject.text} is missing`, {
          want: child.issuer.text,
        })
      : new ChainError('name-mismatch', `issuer of ${child.subject.text} has another name`, {
          got: byKey.subject.text,
          want: child.issuer.text,
        });
  }

  async #attempt<T>(depth: number, step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof ChainError && error.code === 'search-exhausted') throw error;
      if (error instanceof ChainError || error instanceof X509Error) return this.#fail(depth, error);
      throw error;
    }
  }

  #fail(depth: number, error: ChainError | X509Error): undefined {
    if (this.#furthest === undefined || depth > this.#furthest.depth) this.#furthest = { depth, error };
    return undefined;
  }
}

/** Two certificates of one name and one key are the same issuer; a path that meets it twice goes in a circle. */
function sameEntity(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.subject.der, b.subject.der) && equalBytes(a.spki, b.spki);
}
