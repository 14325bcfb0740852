import {
  joinCollateral,
  snpCollateralFor,
  type Collateral,
  type CollateralFact,
} from '@asterism/attestation';
import { equalBytes, toHex, type Bytes } from '@asterism/bytes';
import {
  AMD_ROOTS,
  parseReport,
  SnpError,
  verifyReport,
  type SnpErrorCode,
  type SnpFinding,
  type SnpReport,
  type VerifiedSnpReport,
} from '@asterism/snp';
import { ChainError, type Certificate, type Crl } from '@asterism/x509';
import type { AppraisalInputs } from '../inputs.ts';
import type { FindingInput, Judgement } from '../judgement.ts';
import { withLaboratory } from '../laboratory-anchors.ts';
import { isSelfIssued, toTrustChain, toUnprovedChain } from '../trust-chain.ts';
import { endorsementsFor, fieldsOf, isEndorsement, type GivenCertificates } from './snp-certificates.ts';
import { collateralFor } from '../vendor-collateral.ts';
import { asAmdRoots } from './snp-roots.ts';
import { toEndorsementClaim, toSnpClaims } from './snp-claims.ts';

/** Field of `claims` that each of the library's findings is about. */
const CLAIM: Readonly<Record<SnpErrorCode, string>> = {
  'signature-invalid': 'signature',
  'report-unsigned': 'signingKey',
  'signing-key-mismatch': 'signingKey',
  'product-mismatch': 'product',
  'tcb-mismatch': 'reportedTcb',
  'chip-id-mismatch': 'chipId',
  'chain-refused': 'endorsementKey',
  'algorithm-refused': 'endorsementKey',
  'certificate-names': 'endorsementKey',
  'certificate-fields-malformed': 'endorsementKey',
};

/**
 * Judges one report: its structure, what the guest was launched with, then the signature and the endorsement chain as
 * far as the certificates reach. Null where it is not proved genuine.
 * @throws SnpInputError on a report that cannot be read
 */
export async function judgeSnpReport(
  judgement: Judgement,
  bytes: Bytes,
  own: GivenCertificates,
  inputs: AppraisalInputs,
): Promise<JudgedSnpReport | null> {
  const report = parseReport(bytes);
  Object.assign(judgement.claims, toSnpClaims(report));
  if (report.policy.debug) {
    judgement.refuse({
      code: 'debug',
      claim: 'policyFlags.debug',
      message: 'the guest policy lets the host debug the guest',
      got: true,
      want: false,
    });
  }
  if (report.signingKey === 'none' || report.maskChipKey) {
    const message = 'the firmware was told not to sign the report';
    judgement.refuse({ code: 'report-unsigned', claim: 'signingKey', message, got: report.signingKey });
    return null;
  }
  const subject = { snp: { report, certificates: certificatesGiven(own, inputs) }, tdx: null };
  const given = joinCollateral([{ ...own, tdx: [] }, await collateralFor(subject, inputs, judgement)]);
  const candidates = endorsementsFor(report, given.certificates);
  const attempts: Attempt[] = [];
  for (const leaf of candidates) {
    attempts.push(await verifyWith(leaf, report, bytes, given, inputs));
    if (attempts.at(-1)?.verified) break;
  }
  const attempt = attempts.find(({ verified }) => verified !== null) ?? attempts[0];
  if (attempt === undefined) {
    judgement.lack(missingEndorsement(report));
    return null;
  }
  await describe(judgement, attempt);
  tell(judgement, attempt, inputs);
  const { verified, crls } = attempt;
  return verified && { verified, collateral: factOf(verified, crls, inputs.now) };
}

/** A certificate that was given is not asked for. */
function certificatesGiven(own: GivenCertificates, { collateral }: AppraisalInputs): readonly Certificate[] {
  return [...own.certificates, ...collateral.certificates];
}

/** Of the newest list that is current: an older one adds nothing. */
function factOf({ facts }: VerifiedSnpReport, crls: readonly Crl[], now: Date): CollateralFact | null {
  if (facts.includes('revocation-unchecked')) return null;
  const current = crls.filter(({ thisUpdate, nextUpdate }) => thisUpdate <= now && now < nextUpdate);
  const [newest] = current.toSorted((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
  return newest === undefined ? null : { issuedAt: newest.thisUpdate, until: newest.nextUpdate };
}

export interface JudgedSnpReport {
  readonly verified: VerifiedSnpReport;
  readonly collateral: CollateralFact | null;
}

interface Attempt {
  readonly leaf: Certificate;
  readonly issuers: readonly Certificate[];
  readonly crls: readonly Crl[];
  readonly verified: VerifiedSnpReport | null;
  readonly error: unknown;
}

async function verifyWith(
  leaf: Certificate,
  report: SnpReport,
  bytes: Bytes,
  given: Collateral,
  { anchors, now: at }: AppraisalInputs,
): Promise<Attempt> {
  const others = given.certificates.filter((certificate) => !isEndorsement(certificate));
  const { intermediates, crls } = snpCollateralFor(report, [leaf], { ...given, certificates: others });
  const roots = await withLaboratory(AMD_ROOTS, anchors, intermediates, asAmdRoots);
  const attempt = { leaf, issuers: intermediates, crls };
  try {
    const verified = await verifyReport({ report: bytes, leaf, intermediates, roots, at, crls });
    return { ...attempt, verified, error: null };
  } catch (error) {
    return { ...attempt, verified: null, error };
  }
}

async function describe(judgement: Judgement, { leaf, issuers, verified }: Attempt): Promise<void> {
  const endorsementKey = await toEndorsementClaim(leaf);
  if (endorsementKey !== null) judgement.claims['endorsementKey'] = endorsementKey;
  // A report of version 2 does not say it.
  judgement.claims['product'] ??= fieldsOf(leaf)?.product ?? null;
  judgement.addChain(
    verified === null
      ? await toUnprovedChain('AMD endorsement key', [leaf, ...issuers])
      : await toTrustChain('AMD endorsement key', verified.chain),
  );
}

function tell(
  judgement: Judgement,
  { leaf, issuers, verified, error }: Attempt,
  { policy }: AppraisalInputs,
): void {
  if (verified !== null) {
    // A policy says itself what it makes of that.
    if (policy !== null || !verified.facts.includes('revocation-unchecked')) return;
    const { name } = verified.chain.anchor;
    const message = `no revocation list of ${name} was given`;
    judgement.remark({ code: 'revocation-unchecked', claim: 'endorsementKey', message, want: name });
  } else if (error instanceof SnpError) {
    for (const finding of error.findings) {
      const { code, message, got, want } = finding;
      const missing = missingIssuer(finding, leaf, issuers);
      if (missing === null) judgement.refuse({ code, claim: CLAIM[code], message, got, want });
      else judgement.lack(missing);
    }
  } else judgement.fail(error, 'endorsementKey');
}

/** An issuer that did not come is a gap; another one in its place is a lie. */
function missingIssuer(
  { code, cause }: SnpFinding,
  leaf: Certificate,
  issuers: readonly Certificate[],
): FindingInput | null {
  if (code !== 'chain-refused' || !(cause instanceof ChainError) || cause.code !== 'issuer-missing')
    return null;
  const issuer = issuers.find(({ subject }) => equalBytes(subject.der, leaf.issuer.der));
  // Roots alone are in nobody's place.
  const others = issuers.filter((one) => one !== issuer && (issuer !== undefined || !isSelfIssued(one)));
  if (others.length > 0) return null;
  return {
    code: 'certificate-missing',
    claim: 'endorsementKey',
    message: 'the chain of the endorsement key is not complete',
    want: (issuer ?? leaf).issuer.text,
  };
}

function missingEndorsement({ signingKey, chipId, product, reportedTcb }: SnpReport): FindingInput {
  const { fmc, bootloader, tee, snp, microcode } = reportedTcb;
  const tcb = { ...(fmc === undefined ? {} : { fmc }), bootloader, tee, snp, microcode };
  const of = signingKey === 'VLEK' ? {} : { chipId: toHex(chipId) };
  return {
    code: signingKey === 'VLEK' ? 'vlek-missing' : 'vcek-missing',
    claim: 'endorsementKey',
    message: `the certificate of the ${signingKey} that signed the report is missing, so its signature is unchecked`,
    want: { certificate: signingKey, product: product ?? null, ...of, ...tcb },
  };
}
