import type { TrustAnchor } from '@asterism/x509';
import type { TdxCollateral } from '../collateral/collateral.ts';
import { TdxNotGenuineError, TdxRefusedError } from '../errors.ts';
import { parseTdxQuote } from '../quote/parse-quote.ts';
import type { ParsedTdxQuote } from '../quote/quote.ts';
import { importSpki } from './ecdsa-p256.ts';
import { evaluateTcb, type TcbEvaluation } from './evaluate-tcb.ts';
import { readPckChain, verifyPckChain, type PckChain, type PckChainRequest } from './pck-chain.ts';
import { verifyQuoteSignatures } from './quote-signatures.ts';
import { checkTdConfiguration } from './td-attributes.ts';
import { makeVerifiedTdxQuote, type VerifiedTdxQuote } from './verified-tdx-quote.ts';
import { verifyCollateral } from './verify-collateral.ts';

export interface TdxQuoteRequest {
  /** v4 or v5. They are parsed here, so that what is read is what is signed (S05). */
  readonly quote: Uint8Array;
  /** `INTEL_SGX_ROOTS`, outside of laboratories. An empty list refuses every quote. */
  readonly anchors: readonly TrustAnchor[];
  readonly at: Date;
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
 * be decided without collateral is decided first. Chains and collateral that held before are not proved again; their
 * dates are.
 *
 * Not verified: measurements, report data, XFAM and attributes beyond debug and reserved bits, and whether a status other
 * than UpToDate is acceptable: that is `isTcbAcceptable`.
 *
 * @throws TdxFormatError on what cannot be read, TdxNotGenuineError, TdxRefusedError (debug, reserved bits, out of date,
 *   revoked), TdxUndecidedError (collateral missing or stale).
 * @example
 * const verified = await verifyTdxQuote({ quote, anchors: INTEL_SGX_ROOTS, at: now, collateral });
 */
export async function verifyTdxQuote(request: TdxQuoteRequest): Promise<VerifiedTdxQuote> {
  const { anchors, at, collateral = {} } = request;
  const quote = parseTdxQuote(request.quote);
  const pck = await provePck(quote, { anchors, at });
  await verifyQuoteSignatures(quote, pck.key);
  checkTdConfiguration(quote.report);
  const { tcbInfo, qeIdentity, issued, until } = await verifyCollateral(collateral, pck, anchors, at);
  const evaluation = evaluateTcb(quote, pck.extensions, tcbInfo, qeIdentity);
  checkStatus(evaluation);
  return makeVerifiedTdxQuote(quote, {
    ...evaluation,
    pck: pck.extensions,
    tcbEvaluationDataNumber: tcbInfo.tcbEvaluationDataNumber,
    qeEvaluationDataNumber: qeIdentity.tcbEvaluationDataNumber,
    collateralIssued: issued,
    collateralUntil: until,
    verifiedAt: at,
  });
}

/** A chain that does not hold is told only where the signatures below it do: the broken link nearest to the quote counts. */
async function provePck(quote: ParsedTdxQuote, request: PckChainRequest): Promise<PckChain> {
  try {
    return await verifyPckChain(quote, request);
  } catch (cause) {
    if (!(cause instanceof TdxNotGenuineError)) throw cause;
    const [leaf] = readPckChain(quote.pckChain);
    await verifyQuoteSignatures(quote, await importSpki('pck-chain', leaf.spki));
    throw cause;
  }
}

function checkStatus({ tcbStatus, advisoryIds, relaunchAdvised }: TcbEvaluation): void {
  if (!NEVER.has(tcbStatus)) return;
  const advice = relaunchAdvised ? ': start the TD anew' : '';
  throw new TdxRefusedError('tcb-status', `TCB status ${tcbStatus} is never accepted${advice}`, {
    got: { tcbStatus, advisoryIds },
    want: 'UpToDate',
  });
}
