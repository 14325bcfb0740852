import { equalBytes, toHex } from '@asterism/bytes';
import { pckCaOf, pckPlatformOf, type ParsedTdxQuote, type TdxCollateral } from '@asterism/tdx';
import type { Crl, Name } from '@asterism/x509';
import type { Collateral } from './collateral.ts';

/**
 * Takes what fits a quote: the TCB info of its platform, the lists of its issuers, the QE identity; of several, the newest
 * that is current. Where nothing fits, the only thing of its kind is taken all the same: a list of another CA is a
 * mistake to be told, not passed over. Nothing is verified.
 * @throws TdxFormatError `pck-malformed`
 */
export function tdxCollateralFor(quote: ParsedTdxQuote, collateral: Collateral, at: Date): TdxCollateral {
  const { fmspc, chain } = pckPlatformOf(quote);
  const { tdx } = collateral;
  const lists = [
    ...collateral.crls,
    ...tdx.flatMap(({ pckCrl, rootCaCrl }) => [pckCrl ?? [], rootCaCrl ?? []].flat()),
  ];
  const infos = tdx.flatMap(({ tcbInfo }) => tcbInfo ?? []);
  const identities = tdx.flatMap(({ qeIdentity }) => qeIdentity ?? []);
  const root = chain.at(-1)?.subject;
  return {
    tcbInfo: best(
      infos,
      ({ content }) => toHex(content.fmspc) === fmspc,
      infos,
      (info) => datesOf(info),
      at,
    ),
    qeIdentity: newest(identities, (identity) => datesOf(identity), at),
    pckCrl: best(
      lists,
      isBy(chain[0].issuer),
      lists.filter(({ issuer }) => pckCaOf(issuer) !== undefined),
      datesOfList,
      at,
    ),
    rootCaCrl: best(
      lists,
      isBy(root),
      tdx.flatMap(({ rootCaCrl }) => rootCaCrl ?? []),
      datesOfList,
      at,
    ),
  };
}

interface Dates {
  readonly from: Date;
  readonly until: Date;
}

function best<Item extends { readonly signature: Uint8Array }>(
  items: readonly Item[],
  fits: (item: Item) => boolean,
  otherwise: readonly Item[],
  dates: (item: Item) => Dates,
  at: Date,
): Item | undefined {
  const fitting = items.filter(fits);
  if (fitting.length > 0) return newest(fitting, dates, at);
  const [only, ...more] = otherwise;
  return only !== undefined && more.every((item) => equalBytes(item.signature, only.signature))
    ? only
    : undefined;
}

/** The latest of those that are current; none is: the latest of all, so that the verification says which date is wrong. */
function newest<Item>(items: readonly Item[], dates: (item: Item) => Dates, at: Date): Item | undefined {
  const isCurrent = (item: Item): boolean => dates(item).from <= at && at < dates(item).until;
  const current = items.filter(isCurrent);
  const candidates = current.length > 0 ? current : items;
  return candidates.toSorted((a, b) => dates(b).from.getTime() - dates(a).from.getTime())[0];
}

function datesOf({
  content,
}: {
  readonly content: { readonly issueDate: Date; readonly nextUpdate: Date };
}): Dates {
  return { from: content.issueDate, until: content.nextUpdate };
}

function datesOfList({ thisUpdate, nextUpdate }: Crl): Dates {
  return { from: thisUpdate, until: nextUpdate };
}

function isBy(name: Name | undefined): (crl: Crl) => boolean {
  return ({ issuer }) => name !== undefined && equalBytes(issuer.der, name.der);
}
