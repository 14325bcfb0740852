import { concat, equalBytes, isZero, sha256, toHex, type Bytes } from '@asterism/bytes';
import { TdxNotGenuineError } from '../errors.ts';
import type { ParsedTdxQuote } from '../quote/quote.ts';
import { importPoint, isSignedBy, type P256Key } from './ecdsa-p256.ts';

/** What the PCK signs and what it vouches for: the same in every quote of a quoting enclave while it keeps its key. */
interface Voucher {
  readonly qeReportBytes: Bytes;
  readonly qeReportSignature: Bytes;
  readonly qeAuthData: Bytes;
  readonly attestationKey: Bytes;
}

/** The last voucher of each PCK that was found to hold, and the key. A fact about bytes, which no date changes. */
const held = new WeakMap<P256Key, { readonly voucher: Voucher; readonly key: P256Key }>();

/**
 * PCK signs the QE report, whose report data holds the hash of the attestation key, which signs the quote.
 * @throws TdxNotGenuineError `qe-report-signature`, `qe-report-reserved`, `attestation-key-unbound`,
 *   `attestation-key-invalid`, `quote-signature`
 */
export async function verifyQuoteSignatures(quote: ParsedTdxQuote, pck: P256Key): Promise<void> {
  const known = held.get(pck);
  const key = known !== undefined && isSame(known.voucher, quote) ? known.key : await proveKey(quote, pck);
  if (!(await isSignedBy(key, quote.signed, quote.signature))) {
    throw new TdxNotGenuineError('quote-signature', 'quote is not signed by the attestation key');
  }
}

async function proveKey(quote: ParsedTdxQuote, pck: P256Key): Promise<P256Key> {
  const { qeReport, qeReportBytes, qeReportSignature, qeAuthData, attestationKey } = quote;
  if (!(await isSignedBy(pck, qeReportBytes, qeReportSignature))) {
    throw new TdxNotGenuineError('qe-report-signature', 'quoting enclave is not vouched for by the PCK');
  }
  checkReserved(qeReport);
  checkBound(qeReport.reportData, await sha256(concat(attestationKey, qeAuthData)));
  const key = await importPoint(attestationKey);
  held.set(pck, { voucher: { qeReportBytes, qeReportSignature, qeAuthData, attestationKey }, key });
  return key;
}

function isSame(a: Voucher, b: Voucher): boolean {
  return (
    equalBytes(a.qeReportSignature, b.qeReportSignature) &&
    equalBytes(a.qeReportBytes, b.qeReportBytes) &&
    equalBytes(a.attestationKey, b.attestationKey) &&
    equalBytes(a.qeAuthData, b.qeAuthData)
  );
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
