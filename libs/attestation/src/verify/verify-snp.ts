import { verifyReport, type VerifiedSnpReport } from '@asterism/snp';
import type { Crl } from '@asterism/x509';
import { snpCollateralFor } from '../collateral/select-snp.ts';
import { EvidenceUndecidedError } from '../errors.ts';
import type { VerificationExpectations } from '../expectations.ts';
import type { CollateralFact, ParsedSnpSection } from '../stages.ts';
import { asEvidenceError } from './as-evidence-error.ts';

/**
 * The report is AMD's: signature, chain with dates, fields of the certificate (S11, S12). A revocation list that is given
 * is used; that none was there is a fact for the policy.
 */
export async function verifySnpSection(
  { snp }: { readonly snp: ParsedSnpSection },
  { roots, collateral, now }: VerificationExpectations,
): Promise<{ readonly report: VerifiedSnpReport; readonly collateral: CollateralFact | null }> {
  const { leaf, intermediates, crls } = snpCollateralFor(snp.report, snp.certificates, collateral);
  if (leaf === undefined) throw missing(snp, 'the certificate of the key that signed the report');
  if (intermediates.length === 0) throw missing(snp, "the issuers of the report's certificate");
  const report = await asEvidenceError('snp-report-invalid', () =>
    verifyReport({ report: snp.bytes, leaf, intermediates, roots: roots.amd, at: now, crls }),
  );
  return { report, collateral: report.facts.includes('revocation-unchecked') ? null : factOf(crls, now) };
}

/** Of the newest list that is current: an older one adds nothing. */
function factOf(crls: readonly Crl[], now: Date): CollateralFact | null {
  const current = crls.filter(({ thisUpdate, nextUpdate }) => thisUpdate <= now && now < nextUpdate);
  const [newest] = current.toSorted((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
  return newest === undefined ? null : { issuedAt: newest.thisUpdate, until: newest.nextUpdate };
}

function missing({ report }: ParsedSnpSection, what: string): EvidenceUndecidedError {
  return new EvidenceUndecidedError('collateral-missing', `${what} is missing`, {
    want: `${report.signingKey} ${report.product ?? 'of a product that the report does not name'}`,
  });
}
