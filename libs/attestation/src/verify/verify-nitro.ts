import { equalBytes, toHex } from '@asterism/bytes';
import { verifyNitroDocument, type ParsedNitroDocument, type VerifiedNitroDocument } from '@asterism/tpm';
import { parseCertificate } from '@asterism/x509';
import { EvidenceNotGenuineError } from '../errors.ts';
import type { VerificationExpectations } from '../expectations.ts';
import { asEvidenceError } from './as-evidence-error.ts';
import { listsBy } from './lists-by.ts';

/**
 * The document is AWS's, of an instance with NitroTPM, and its nonce is the binding. Lists of its issuers' are used where
 * they are given.
 */
export async function verifyNitroSection(
  { nitro }: { readonly nitro: ParsedNitroDocument },
  { roots, binding, collateral, now: at }: VerificationExpectations,
): Promise<VerifiedNitroDocument> {
  const verified = await asEvidenceError('nitro-document-invalid', () => {
    const crls = listsBy(nitro.document.cabundle.map(parseCertificate), collateral.crls);
    return verifyNitroDocument(nitro, { kinds: ['nitro-tpm'], roots: roots.nitro, at, crls });
  });
  const { nonce } = verified.document;
  if (nonce === null || !equalBytes(nonce, binding)) {
    throw new EvidenceNotGenuineError('binding-mismatch', 'document is made over another nonce', {
      got: nonce && toHex(nonce),
      want: toHex(binding),
    });
  }
  return verified;
}
