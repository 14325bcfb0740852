import { equalBytes } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import type { KeyUsage } from '../certificate/extensions.ts';
import type { Crl } from '../crl/crl.ts';
import { ChainError, X509Error } from '../errors.ts';
import { checkInstant } from '../instant.ts';
import { checkDates, checkExtensions, checkLeafEku, checkLeafUsage } from './certificate-rules.ts';
import { PathSearch, type FoundPath, type SearchRules } from './path-search.ts';
import { recallPath, rememberPath } from './proven-paths.ts';
import { checkRevocation, type CrlRequirement } from './revocation.ts';
import { makeVerifiedChain, type TrustAnchor, type VerifiedChain } from './verified-chain.ts';

/** Most certificates that are taken besides the leaf. */
const MAX_INTERMEDIATES = 32;
/** Most revocation lists that are taken. */
const MAX_CRLS = 32;

export interface ChainRequest {
  readonly leaf: Certificate;
  /** In any order, with the root: anchors are pinned by digest, so the root's certificate comes with the evidence. */
  readonly intermediates: readonly Certificate[];
  /** An empty list refuses every chain. */
  readonly anchors: readonly TrustAnchor[];
  readonly at: Date;
  readonly crls?: readonly Crl[] | undefined;
  /** Default false: lists that are given are used, none is needed. */
  readonly requireCrl?: CrlRequirement | undefined;
  /** The leaf must state this usage, or one of these. */
  readonly leafUsage?: KeyUsage | readonly KeyUsage[] | undefined;
  /** The leaf must state this purpose, and no CA above may exclude it. Object identifier. */
  readonly leafEku?: string | undefined;
  /** Object identifiers of critical extensions that the caller reads and applies himself. */
  readonly criticalExtensionsUnderstood?: readonly string[] | undefined;
}

/**
 * Proves that a leaf belongs to a pinned anchor (RFC 5280 §6.1 without policies and name constraints, which refuse):
 * dates, CA flags, path lengths, key usages, names (compared octet for octet), key identifiers, critical extensions,
 * signatures and their algorithms, revocation. The root must be self-signed with the pinned key.
 *
 * Not verified: that names in the leaf are those of a peer, or that anyone holds the leaf's key.
 *
 * @throws ChainError when the chain is not genuine, ChainUndecidedError when a revocation list is missing or stale,
 *   X509Error on a key that cannot be read and on arguments out of bounds.
 * @example
 * const chain = await verifyChain({ leaf, intermediates, anchors, at: now, leafEku: EKU.tcgEkCertificate });
 */
export async function verifyChain(request: ChainRequest): Promise<VerifiedChain> {
  const { leaf, intermediates, anchors, at, leafUsage, leafEku } = request;
  const crls = request.crls ?? [];
  const criticalExtensionsUnderstood = request.criticalExtensionsUnderstood ?? [];
  checkArguments(request);
  checkDates(leaf, at);
  checkExtensions(leaf, criticalExtensionsUnderstood);
  if (leafUsage !== undefined) checkLeafUsage(leaf, typeof leafUsage === 'string' ? [leafUsage] : leafUsage);
  if (leafEku !== undefined) checkLeafEku(leaf, leafEku);
  const rules = { anchors, at, leafEku, criticalExtensionsUnderstood };
  const { path, anchor } =
    recallPath(leaf, intermediates, rules) ?? (await findPath(leaf, intermediates, rules));
  const checked = await checkRevocation(path, crls, request.requireCrl ?? false, at);
  return makeVerifiedChain(path, anchor, at, checked);
}

async function findPath(
  leaf: Certificate,
  pool: readonly Certificate[],
  rules: SearchRules,
): Promise<FoundPath> {
  checkDuplicates([leaf, ...pool]);
  const found = await new PathSearch(pool, rules).from(leaf);
  rememberPath(leaf, pool, rules, found);
  return found;
}

function checkArguments({ intermediates, anchors, at, crls }: ChainRequest): void {
  checkInstant(at);
  if (intermediates.length > MAX_INTERMEDIATES || (crls?.length ?? 0) > MAX_CRLS) {
    throw new X509Error('argument-invalid', 'too many certificates or revocation lists', {
      got: { intermediates: intermediates.length, crls: crls?.length ?? 0 },
      want: { intermediates: MAX_INTERMEDIATES, crls: MAX_CRLS },
    });
  }
  const broken = anchors.find(({ spkiSha256 }) => !/^[0-9a-f]{64}$/.test(spkiSha256));
  if (broken !== undefined) {
    throw new X509Error('argument-invalid', `anchor ${broken.name} is not a SHA-256 digest`, {
      got: broken.spkiSha256,
    });
  }
}

function checkDuplicates(certificates: readonly Certificate[]): void {
  for (const [index, certificate] of certificates.entries()) {
    if (certificates.slice(0, index).some((earlier) => equalBytes(earlier.der, certificate.der))) {
      throw new ChainError('duplicate-certificate', 'a certificate is given twice', {
        got: certificate.subject.text,
      });
    }
  }
}
