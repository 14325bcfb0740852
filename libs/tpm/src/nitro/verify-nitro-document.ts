import { concat, equalBytes, isZero } from '@asterism/bytes';
import {
  ChainError,
  ecdsaRawToDer,
  parseCertificate,
  parsePublicKey,
  verifyChain,
  verifySignature,
  type Certificate,
  type Crl,
  type CrlRequirement,
  type TrustAnchor,
  type VerifiedChain,
} from '@asterism/x509';
import { TpmNotGenuineError } from '../errors.ts';
import { toBeSigned, type CoseSign1 } from './cose-sign1.ts';
import type { NitroDocument, NitroDocumentKind } from './nitro-document.ts';
import type { ParsedNitroDocument } from './parse-nitro-document.ts';
import { makeVerifiedNitroDocument, type VerifiedNitroDocument } from './verified-nitro-document.ts';

export interface NitroDocumentRequest {
  /** Kinds of document that will do: an enclave's says nothing about the instance it runs on. */
  readonly kinds: readonly NitroDocumentKind[];
  /** `NITRO_ROOTS`, unless it is a laboratory. An empty list refuses every document. */
  readonly roots: readonly TrustAnchor[];
  /** Certificates of documents live for three hours. */
  readonly at: Date;
  readonly crls?: readonly Crl[] | undefined;
  readonly requireCrl?: CrlRequirement | undefined;
}

/**
 * Stage 2: proves that AWS's Nitro system made a document: its kind, the chain of its certificate to one of the roots
 * with nothing left over, the COSE signature over the bytes that were parsed; and that an enclave does not run in debug
 * mode, where its owner can look inside and its PCRs 0 to 2 are zero.
 *
 * Not verified: nonce, public key and user data, which the caller must compare with what he asked for; PCR values; the
 * age of the timestamp.
 * @throws TpmNotGenuineError; ChainUndecidedError when nothing speaks against it but a revocation list is stale, or
 *   required and missing; X509Error on a certificate that cannot be read.
 * @example
 * const parsed = parseNitroDocument(bytes);
 * const verified = await verifyNitroDocument(parsed, { kinds: ['nitro-tpm'], roots: NITRO_ROOTS, at: now });
 */
export async function verifyNitroDocument(
  { document, sign1 }: ParsedNitroDocument,
  request: NitroDocumentRequest,
): Promise<VerifiedNitroDocument> {
  if (!request.kinds.includes(document.kind)) {
    throw new TpmNotGenuineError('type-wrong', 'document is of another kind', {
      got: document.kind,
      want: request.kinds,
    });
  }
  const leaf = parseCertificate(document.certificate);
  const bundle = document.cabundle.map(parseCertificate);
  await verifyDocumentSignature(leaf, sign1);
  const chain = await verifyDocumentChain(leaf, bundle, request);
  refuseDebug(document);
  return makeVerifiedNitroDocument(document, chain);
}

async function verifyDocumentChain(
  leaf: Certificate,
  bundle: readonly Certificate[],
  { roots, at, crls, requireCrl }: NitroDocumentRequest,
): Promise<VerifiedChain> {
  const chain = await verifyChain({
    leaf,
    intermediates: bundle,
    anchors: roots,
    at,
    crls,
    requireCrl,
    leafUsage: 'digitalSignature',
  }).catch((cause: unknown) => {
    if (!(cause instanceof ChainError)) throw cause;
    const { message, got, want } = cause;
    throw new TpmNotGenuineError('chain-refused', message, { got, want, cause });
  });
  // Root first (attestation_process.md §3.2.3): certificates out of place would be there for another reader.
  const above = chain.certificates.slice(1).reverse();
  if (!equalBytes(derOf(above), derOf(bundle))) {
    throw new TpmNotGenuineError('chain-refused', 'bundle is not the chain, root first', {
      got: bundle.map(({ subject }) => subject.text),
      want: above.map(({ subject }) => subject.text),
    });
  }
  return chain;
}

const derOf = (certificates: readonly Certificate[]) => concat(...certificates.map(({ der }) => der));

async function verifyDocumentSignature(leaf: Certificate, sign1: CoseSign1): Promise<void> {
  const key = parsePublicKey(leaf.spki);
  if (key.kind !== 'ec' || key.curve !== 'P-384') {
    throw new TpmNotGenuineError('algorithm-refused', 'key of the document is not P-384', {
      got: key.kind === 'ec' ? key.curve : key.kind,
      want: 'P-384',
    });
  }
  const signature = ecdsaRawToDer(sign1.signature, 'P-384');
  const algorithm = { kind: 'ecdsa', hash: 'SHA-384' } as const;
  await verifySignature(leaf.spki, algorithm, toBeSigned(sign1), signature).catch((cause: unknown) => {
    if (!(cause instanceof ChainError)) throw cause;
    throw new TpmNotGenuineError('signature-invalid', 'document is not signed by its certificate', { cause });
  });
}

/** PCRs of the image, of the kernel and of the application. A debug enclave has zeros there, and so has one without. */
const IMAGE_PCRS = [0, 1, 2];

function refuseDebug({ kind, pcrs }: NitroDocument): void {
  if (kind === 'enclave' && IMAGE_PCRS.every((pcr) => isZero(pcrs.get(pcr) ?? new Uint8Array()))) {
    throw new TpmNotGenuineError('debug-mode', 'enclave runs in debug mode', { got: 'PCRs 0 to 2 are zero' });
  }
}
