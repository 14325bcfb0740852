import { concat, equalBytes, isZero, sha256, toHex } from '@asterism/bytes';
import { TdxNotGenuineError } from '../errors.ts';
import type { ParsedTdxQuote } from '../quote/quote.ts';
import { importPoint, isSignedBy, type P256Key } from './ecdsa-p256.ts';

/**
 * PCK signs the QE report, whose report data holds the hash of the attestation key, which signs the quote. The two
 * signatures are checked side by side.
 * @throws TdxNotGenuineError `qe-report-signature`, `qe-report-reserved`, `attestation-key-unbound`,
 *   `attestation-key-invalid`, `quote-signature`
 */
export async function verifyQuoteSignatures(quote: ParsedTdxQuote, pck: P256Key): Promise<void> {
  const byAttestationKey = importPoint(quote.attestationKey).then((key) =>
    isSignedBy(key, quote.signed, quote.signature),
  );
  const [qeReport, attestationKey, hash] = await Promise.allSettled([
    isSignedBy(pck, quote.qeReportBytes, quote.qeReportSignature),
    byAttestationKey,
    sha256(concat(quote.attestationKey, quote.qeAuthData)),
  ]);
  if (!valueOf(qeReport)) {
    throw new TdxNotGenuineError('qe-report-signature', 'quoting enclave is not vouched for by the PCK');
  }
  checkReserved(quote.qeReport);
  checkBound(quote.qeReport.reportData, valueOf(hash));
  if (!valueOf(attestationKey)) {
    throw new TdxNotGenuineError('quote-signature', 'quote is not signed by the attestation key');
  }
}

/** What failed fails in its turn, so that the first broken link of the chain is the one that is named. */
function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

function checkReserved({ reserved1, reserved2, reserved3, reserved4 }: ParsedTdxQuote['qeReport']): void {
  const got = concat(reserved1, reserved2, reserved3, reserved4);
  if (!isZero(got)) {
    throw new TdxNotGenuineError('qe-report-reserved', 'reserved bytes of the QE report are not zero', {
      got: toHex(got),
    });
  }
}

function checkBound(reportData: Uint8Array, hash: Uint8Array): void {
  const bound = concat(hash, new Uint8Array(32));
  if (!equalBytes(reportData, bound)) {
    throw new TdxNotGenuineError('attestation-key-unbound', 'quoting enclave vouches for another key', {
      got: toHex(reportData),
      want: toHex(bound),
    });
  }
}
