import { isZero, toHex } from '@asterism/bytes';
import type { SnpProduct, SnpReport } from '@asterism/snp';
import { pckCaOf, pckPlatformOf, type ParsedTdxQuote } from '@asterism/tdx';
import type { Certificate } from '@asterism/x509';
import { endorsementOf } from './endorsement.ts';
import type { CollateralNeed } from './need.ts';

/** The parts of parsed evidence whose proof takes more than the evidence brings. */
export interface CollateralSubject {
  readonly snp: { readonly report: SnpReport; readonly certificates: readonly Certificate[] } | null;
  readonly tdx: ParsedTdxQuote | null;
}

/**
 * What a vendor must be asked for to decide a piece of evidence. What it brings itself is not asked for again, but lists
 * are: they come from the vendor only.
 * @throws TdxFormatError on a PCK chain that cannot be read.
 */
export function collateralNeedsOf({ snp, tdx }: CollateralSubject): readonly CollateralNeed[] {
  return [...(snp === null ? [] : snpNeeds(snp)), ...(tdx === null ? [] : tdxNeeds(tdx))];
}

function snpNeeds({ report, certificates }: NonNullable<CollateralSubject['snp']>): CollateralNeed[] {
  const key = report.signingKey;
  if (key === 'none') return [];
  const leaf = certificates.map(endorsementOf).find((fields) => fields?.kind === key);
  const product = report.product ?? leaf?.product;
  // A report of version 2 does not name its product, and no product but Milan had that firmware alone.
  const products: readonly SnpProduct[] = product === undefined ? ['Milan', 'Genoa'] : [product];
  return products.flatMap((product): CollateralNeed[] => [
    { kind: 'amd-chain', product, key },
    { kind: 'amd-crl', product, key },
    ...(leaf === undefined && key === 'VCEK' ? vcekNeed(report, product) : []),
  ]);
}

/** None for a chip that hides its identifier: its certificate cannot be asked for. */
function vcekNeed({ chipId, reportedTcb: tcb }: SnpReport, product: SnpProduct): CollateralNeed[] {
  if (isZero(chipId)) return [];
  const id = product === 'Turin' ? chipId.subarray(0, 8) : chipId;
  return [{ kind: 'amd-vcek', product, chipId: toHex(id), tcb }];
}

function tdxNeeds(quote: ParsedTdxQuote): CollateralNeed[] {
  const { fmspc, chain } = pckPlatformOf(quote);
  const ca = pckCaOf(chain[0].issuer);
  return [
    { kind: 'intel-tcb-info', fmspc },
    { kind: 'intel-qe-identity' },
    ...(ca === undefined ? [] : [{ kind: 'intel-pck-crl', ca } as const]),
    { kind: 'intel-root-crl' },
  ];
}
