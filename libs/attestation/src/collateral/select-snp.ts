import { equalBytes } from '@asterism/bytes';
import type { EndorsementFields, SnpReport } from '@asterism/snp';
import { commonNameOf, type Certificate, type Crl } from '@asterism/x509';
import { joinCollateral, type Collateral } from './collateral.ts';
import { endorsementOf } from './endorsement.ts';
import { issuersOf } from './issuers.ts';

/** What `verifyReport` takes besides the report. */
export interface SnpCollateral {
  /** Undefined where no VCEK or VLEK is there: the report is undecided. */
  readonly leaf: Certificate | undefined;
  /** Empty where no issuer of it is there: the report is undecided. */
  readonly intermediates: readonly Certificate[];
  readonly crls: readonly Crl[];
}

/**
 * Takes what fits a report from the collateral and from the certificates that came with the evidence. Where nothing
 * fits, what is there is taken all the same: a certificate of another chip is a mistake to be told, not passed over.
 * Nothing is verified.
 */
export function snpCollateralFor(
  report: SnpReport,
  own: readonly Certificate[],
  collateral: Collateral,
): SnpCollateral {
  const { certificates, crls } = joinCollateral([collateral, { certificates: own, crls: [], tdx: [] }]);
  const leaves = certificates.filter(isEndorsement);
  const ranked = leaves.map((certificate) => ({
    certificate,
    fit: fitOf(report, endorsementOf(certificate)),
  }));
  const leaf = ranked.toSorted((a, b) => b.fit - a.fit)[0]?.certificate;
  if (leaf === undefined) return { leaf, intermediates: [], crls: [] };
  const others = certificates.filter((certificate) => !leaves.includes(certificate));
  const issuers = issuersOf([leaf], others);
  const intermediates = issuers.length > 0 ? issuers : others.filter(isOfAmd).slice(0, MOST);
  const lists = crls.filter((crl) =>
    intermediates.some(({ subject }) => equalBytes(subject.der, crl.issuer.der)),
  );
  return { leaf, intermediates, crls: lists.slice(0, MOST) };
}

/** As many as `verifyChain` takes. */
const MOST = 32;

/** By name: one whose fields cannot be read is to be told, too. */
function isEndorsement({ subject }: Certificate): boolean {
  return /^SEV-V[CL]EK$/.test(commonNameOf(subject));
}

/** Kind before chip before version. */
function fitOf(
  { signingKey, chipId, reportedTcb }: SnpReport,
  fields: EndorsementFields | undefined,
): number {
  if (fields === undefined) return 0;
  const { kind, hwId, tcb } = fields;
  const sameChip = hwId === undefined || equalBytes(hwId, chipId.subarray(0, hwId.length));
  const sameTcb =
    tcb.fmc === reportedTcb.fmc &&
    tcb.bootloader === reportedTcb.bootloader &&
    tcb.tee === reportedTcb.tee &&
    tcb.snp === reportedTcb.snp &&
    tcb.microcode === reportedTcb.microcode;
  return Number(kind === signingKey) * 4 + Number(sameChip) * 2 + Number(sameTcb);
}

const AMD = 'Advanced Micro Devices';
const ORGANIZATION = '2.5.4.10';

function isOfAmd({ subject }: Certificate): boolean {
  return subject.attributes.some(({ oid, value }) => oid === ORGANIZATION && value === AMD);
}
