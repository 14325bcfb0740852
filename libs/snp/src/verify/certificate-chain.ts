import {
  ChainError,
  commonNameOf,
  verifyChain,
  type Certificate,
  type Crl,
  type VerifiedChain,
} from '@asterism/x509';
import { SnpError, type SnpFinding } from '../errors.ts';
import type { SnpProduct } from '../report/product.ts';
import type { SigningKey } from '../report/report.ts';
import type { AmdRoot } from './amd-roots.ts';

export interface EndorsementChainRequest {
  /** Of the VCEK or VLEK. */
  readonly leaf: Certificate;
  /** ASK or ASVK, and ARK; in any order. */
  readonly intermediates: readonly Certificate[];
  /** `AMD_ROOTS`, unless it is a laboratory. An empty list refuses every chain. */
  readonly roots: readonly AmdRoot[];
  readonly at: Date;
  /** The ARK's list, which says which ASK and ASVK are revoked; AMD publishes none for single chips. */
  readonly crls?: readonly Crl[] | undefined;
  /** Default false: a list that is given is used, and its absence is told with the result. */
  readonly requireCrl?: boolean | undefined;
}

export interface EndorsementChain {
  readonly chain: VerifiedChain;
  /** Of the root. */
  readonly product: SnpProduct;
  /** By the intermediate: ASK or ASVK. */
  readonly kind: SigningKey;
  /** The intermediate was looked up in a fresh list. */
  readonly revocationChecked: boolean;
}

/**
 * VCEK or VLEK → ASK or ASVK → ARK (AMD 57230 rev. 1.00, chapter 2): all of `verifyChain`, and AMD's own shape: three
 * certificates of these names and one product, signed with RSA-PSS and SHA-384.
 * @throws SnpError, ChainUndecidedError, X509Error
 */
export async function verifyEndorsementChain(request: EndorsementChainRequest): Promise<EndorsementChain> {
  const { leaf, intermediates, roots, at, crls } = request;
  const requireCrl = request.requireCrl === true ? 'intermediates' : false;
  const chain = await verifyChain({ leaf, intermediates, anchors: roots, at, crls, requireCrl }).catch(
    (cause: unknown) => {
      if (!(cause instanceof ChainError)) throw cause;
      const { message, got, want } = cause;
      throw refused({ code: 'chain-refused', message, got, want, cause });
    },
  );
  checkAlgorithms(chain);
  const { product, kind } = checkNames(chain, roots);
  return { chain, product, kind, revocationChecked: chain.revocationChecked[1] === true };
}

function checkAlgorithms({ certificates }: VerifiedChain): void {
  for (const { signatureAlgorithm: algorithm, subject } of certificates) {
    if (algorithm.kind !== 'rsa-pss' || algorithm.hash !== 'SHA-384') {
      throw refused({
        code: 'algorithm-refused',
        message: `certificate ${subject.text} is not signed with RSA-PSS and SHA-384`,
        got: algorithm,
      });
    }
  }
}

function checkNames(
  { certificates, anchor }: VerifiedChain,
  roots: readonly AmdRoot[],
): Pick<EndorsementChain, 'product' | 'kind'> {
  const got = certificates.map(({ subject }) => commonNameOf(subject));
  const product = roots.find(({ spkiSha256 }) => spkiSha256 === anchor.spkiSha256)?.product;
  const shapes: readonly (readonly [SigningKey, readonly string[]])[] = [
    ['VCEK', ['SEV-VCEK', `SEV-${product}`, anchor.name]],
    ['VLEK', ['SEV-VLEK', `SEV-VLEK-${product}`, anchor.name]],
  ];
  const shape = shapes.find(([, names]) => names.join('\n') === got.join('\n'));
  if (product === undefined || shape === undefined) {
    const want = shapes.map(([, names]) => names);
    throw refused({ code: 'certificate-names', message: 'names are not those of one chain', got, want });
  }
  return { product, kind: shape[0] };
}

function refused(finding: SnpFinding): SnpError {
  return new SnpError([finding]);
}
