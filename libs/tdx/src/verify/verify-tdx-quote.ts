import { concat, equalBytes, sha256, toHex } from '@asterism/bytes';
import type { Certificate, TrustAnchor } from '@asterism/x509';
import type { TdxCollateral } from '../collateral/collateral.ts';
import { TdxNotGenuineError, TdxRefusedError } from '../errors.ts';
import type { ParsedTdxQuote } from '../quote/quote.ts';
import { spkiOfPoint, verifyP256 } from './ecdsa-p256.ts';
import { evaluateTcb, type TcbEvaluation } from './evaluate-tcb.ts';
import { readPckChain } from './pck-chain.ts';
import { readPckExtensions } from './pck-extensions.ts';
import { checkTdAttributes } from './td-attributes.ts';
import { makeVerifiedTdxQuote, type VerifiedTdxQuote } from './verified-tdx-quote.ts';
import { checkListIssuer, requireAll, verifyDocument, verifyIntelChain } from './verify-collateral.ts';

export interface TdxVerification {
  readonly at: Date;
  /** `INTEL_SGX_ROOTS`, outside of laboratories. */
  readonly anchors: readonly TrustAnchor[];
  readonly collateral?: TdxCollateral | undefined;
}

/** Statuses that no policy may accept (S14). */
const NEVER = new Set<TcbEvaluation['tcbStatus']>([
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
  'NoMatchingTcbLevel',
]);

/**
 * Proves that a quote comes from a TDX platform under a pinned root, and says what Intel says of that platform. What can
 * be decided without collateral is decided first.
 *
 * Not verified: measurements, report data, XFAM, and whether a status other than UpToDate is acceptable.
 *
 * @throws TdxNotGenuineError, TdxRefusedError (debug, out of date, revoked), TdxUndecidedError (collateral missing or
 *   stale), TdxFormatError on a PCK chain that cannot be read.
 * @example
 * const quote = await verifyTdxQuote(parseTdxQuote(bytes), { at: now, anchors: INTEL_SGX_ROOTS, collateral });
 */
export async function verifyTdxQuote(
  quote: ParsedTdxQuote,
  { at, anchors, collateral }: TdxVerification,
): Promise<VerifiedTdxQuote> {
  const [leaf, ...intermediates] = readPckChain(quote.pckChain);
  const chain = { leaf, intermediates, anchors, at, leafUsage: 'digitalSignature' } as const;
  const [, issuer, ...above] = await verifyIntelChain('pck-chain', chain);
  await verifyQuoteSignatures(quote, leaf);
  checkTdAttributes(quote.report.tdAttributes);
  const pck = readPckExtensions(leaf);
  const { rootCaCrl, pckCrl, tcbInfo, qeIdentity } = requireAll(collateral);
  checkListIssuer('pck-crl-issuer', pckCrl, issuer);
  checkListIssuer('root-crl-issuer', rootCaCrl, above.at(-1));
  await verifyIntelChain('pck-chain', { ...chain, crls: [pckCrl, rootCaCrl], requireCrl: true });
  await verifyDocument('tcb-info-signature', tcbInfo, { anchors, at, rootCaCrl });
  await verifyDocument('qe-identity-signature', qeIdentity, { anchors, at, rootCaCrl });
  const evaluation = evaluateTcb(quote.report, quote.qeReport, pck, tcbInfo.content, qeIdentity.content);
  checkStatus(evaluation);
  const ends = [rootCaCrl, pckCrl, tcbInfo.content, qeIdentity.content].map(({ nextUpdate }) => nextUpdate);
  return makeVerifiedTdxQuote(quote, {
    ...evaluation,
    pck,
    tcbEvaluationDataNumber: tcbInfo.content.tcbEvaluationDataNumber,
    qeEvaluationDataNumber: qeIdentity.content.tcbEvaluationDataNumber,
    collateralUntil: new Date(Math.min(...ends.map((end) => end.getTime()))),
    verifiedAt: at,
  });
}

/** PCK signs the QE report, whose report data holds the hash of the attestation key, which signs the quote. */
async function verifyQuoteSignatures(quote: ParsedTdxQuote, pck: Certificate): Promise<void> {
  await verifyP256('qe-report-signature', pck.spki, quote.qeReportBytes, quote.qeReportSignature);
  const hash = await sha256(concat(quote.attestationKey, quote.qeAuthData));
  const bound = concat(hash, new Uint8Array(32));
  if (!equalBytes(quote.qeReport.reportData, bound)) {
    throw new TdxNotGenuineError('attestation-key-unbound', 'quoting enclave vouches for another key', {
      got: toHex(quote.qeReport.reportData),
      want: toHex(bound),
    });
  }
  await verifyP256('quote-signature', spkiOfPoint(quote.attestationKey), quote.signed, quote.signature);
}

function checkStatus(evaluation: TcbEvaluation): void {
  if (!NEVER.has(evaluation.tcbStatus)) return;
  throw new TdxRefusedError('tcb-status', `TCB status ${evaluation.tcbStatus} is never accepted`, {
    got: evaluation,
  });
}
