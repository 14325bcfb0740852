import { tdxCollateralFor } from '@asterism/attestation';
import { isZero, type Bytes } from '@asterism/bytes';
import {
  INTEL_SGX_ROOTS,
  parseTdxQuote,
  pckPlatformOf,
  TdxNotGenuineError,
  TdxUndecidedError,
  toTdxClaims,
  verifyPckChain,
  verifyTdxQuote,
  type ParsedTdxQuote,
  type TdxCollateral,
  type TdxCollateralPart,
  type TdxNotGenuineErrorCode,
  type VerifiedTdxQuote,
} from '@asterism/tdx';
import type { Certificate, TrustAnchor } from '@asterism/x509';
import { toSecondsText } from '../claim-text.ts';
import type { AppraisalInputs } from '../inputs.ts';
import type { Judgement } from '../judgement.ts';
import { withLaboratory } from '../laboratory-anchors.ts';
import { toProvedChain, toUnprovedChain } from '../trust-chain.ts';
import { collateralFor } from '../vendor-collateral.ts';

/** Field of `claims` that each refusal of the library is about. */
const CLAIM: Readonly<Record<TdxNotGenuineErrorCode, string>> = {
  'quote-signature': 'signature',
  'attestation-key-invalid': 'qeReport.sgxReportData',
  'attestation-key-unbound': 'qeReport.sgxReportData',
  'qe-report-signature': 'qeReport',
  'qe-report-reserved': 'qeReport',
  'pck-chain': 'pck',
  'pck-crl': 'pck',
  'pck-crl-issuer': 'pck',
  'root-crl': 'pck',
  'root-crl-issuer': 'pck',
  'collateral-signer': 'tcbStatus',
  'tcb-info-signature': 'tcbStatus',
  'tcb-info-mismatch': 'pck.fmspc',
  'qe-identity-signature': 'qe',
  'qe-identity-mismatch': 'qeReport',
  'module-mismatch': 'mrSignerSeam',
};

const PART_NAMES: Readonly<Record<TdxCollateralPart, string>> = {
  'root-crl': 'revocation list of the Intel SGX Root CA',
  'pck-crl': 'revocation list of the PCK CA',
  'tcb-info': 'TCB info of the platform',
  'qe-identity': 'identity of the TD quoting enclave',
};

/**
 * Judges one quote: structure, signatures, PCK chain, attributes, then what Intel says of the platform as far as the
 * collateral reaches. Null where it is not proved genuine.
 * @throws TdxFormatError on a quote that cannot be read
 */
export async function judgeTdxQuote(
  judgement: Judgement,
  bytes: Bytes,
  inputs: AppraisalInputs,
): Promise<VerifiedTdxQuote | null> {
  const quote = parseTdxQuote(bytes);
  if (!isZero(quote.trailing)) {
    const message = 'bytes behind the quote are of no one that vouches for them';
    judgement.remark({ code: 'trailing-bytes', claim: 'trailingBytes', message, got: quote.trailing.length });
  }
  const chain = chainOf(quote);
  const anchors = await withLaboratory(INTEL_SGX_ROOTS, inputs.anchors, chain, (anchor) => [anchor]);
  const collateral = chain.length === 0 ? {} : await collateralOf(judgement, quote, anchors, inputs);
  Object.assign(judgement.claims, toTdxClaims(quote, collateral), windowClaims(collateral));
  try {
    const verified = await verifyTdxQuote({ quote: bytes, anchors, at: inputs.now, collateral });
    judgement.addChain(await toProvedChain('Intel provisioning certification key', chain));
    judgement.addChain(await toProvedChain('Intel TCB signing', collateral.tcbInfo?.issuers ?? []));
    if (inputs.policy === null) refuseOtherStatus(judgement, verified);
    return verified;
  } catch (error) {
    judgement.addChain(await toUnprovedChain('Intel provisioning certification key', chain));
    tell(judgement, error, inputs);
    return null;
  }
}

/** Nothing is asked for on the word of a platform that is not proved to be Intel's (S10). */
async function collateralOf(
  judgement: Judgement,
  quote: ParsedTdxQuote,
  anchors: readonly TrustAnchor[],
  inputs: AppraisalInputs,
): Promise<TdxCollateral> {
  const { collateral, now: at } = inputs;
  const isProved = await verifyPckChain(quote, { anchors, at }).then(
    () => true,
    () => false,
  );
  const subject = { snp: null, tdx: quote };
  const given = isProved ? await collateralFor(subject, inputs, judgement) : collateral;
  return tdxCollateralFor(quote, given, at);
}

/** Empty where the chain cannot be read, which the verification tells. */
function chainOf(quote: ParsedTdxQuote): readonly Certificate[] {
  try {
    return pckPlatformOf(quote).chain;
  } catch {
    return [];
  }
}

/** A policy may take other statuses for a while; without one only this is good. */
export function refuseOtherStatus(judgement: Judgement, { tcbStatus, advisoryIds }: VerifiedTdxQuote): void {
  const got = advisoryIds.length === 0 ? tcbStatus : `${tcbStatus} (${advisoryIds.join(', ')})`;
  if (tcbStatus === 'UpToDate') return;
  const message = 'the TCB of the platform is not up to date';
  judgement.refuse({ code: 'tcb-status', claim: 'tcbStatus', message, got, want: 'UpToDate' });
}

/** What is missing while a document was brought that cannot be read, is not missing but broken. */
function tell(judgement: Judgement, error: unknown, { unreadable }: AppraisalInputs): void {
  if (error instanceof TdxUndecidedError) {
    const { code, message, missing, got } = error;
    const want = missing.map((part) => PART_NAMES[part]);
    if (code === 'collateral-missing' && unreadable.length > 0) {
      const broken = { code: 'collateral-malformed', message: 'collateral that was given cannot be read' };
      judgement.refuse({ ...broken, claim: 'tcbStatus', got: unreadable.join(', '), want });
    } else judgement.undecided({ code, claim: 'tcbStatus', message, got, want });
  } else judgement.fail(error, error instanceof TdxNotGenuineError ? CLAIM[error.code] : claimOf(error));
}

function claimOf(error: unknown): string {
  const { code } = error as { code?: string };
  const claims: Readonly<Record<string, string>> = {
    debug: 'tdAttributesFlags.debug',
    'reserved-attributes': 'tdAttributes',
    'reserved-xfam': 'xfam',
    'tcb-status': 'tcbStatus',
    'pck-malformed': 'pck',
  };
  return claims[code ?? ''] ?? 'quote';
}

/** From the latest issue to the first expiry of what was given, where it is complete. */
function windowClaims({ tcbInfo, qeIdentity, pckCrl, rootCaCrl }: TdxCollateral): Record<string, unknown> {
  if (!tcbInfo || !qeIdentity || !pckCrl || !rootCaCrl) return {};
  const from = [
    tcbInfo.content.issueDate,
    qeIdentity.content.issueDate,
    pckCrl.thisUpdate,
    rootCaCrl.thisUpdate,
  ];
  const until = [tcbInfo.content, qeIdentity.content, pckCrl, rootCaCrl].map(({ nextUpdate }) => nextUpdate);
  const at = (pick: (...values: number[]) => number, dates: readonly Date[]): string =>
    toSecondsText(new Date(pick(...dates.map((date) => date.getTime()))));
  return { collateralWindow: [at(Math.max, from), at(Math.min, until)] };
}

/** A quote as policies compare it, and how old what it was judged by is. */
export function toTdxSection(quote: VerifiedTdxQuote) {
  const { collateralIssued: issuedAt, collateralUntil: until } = quote.facts;
  return { tdx: { quote, log: null }, collateral: { issuedAt, until } };
}
