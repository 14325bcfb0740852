import type { Crl, TrustAnchor } from '@asterism/x509';
import type { TdxCollateral } from '../collateral/collateral.ts';
import type { QeIdentity } from '../collateral/qe-identity.ts';
import type { TcbInfo } from '../collateral/tcb-info.ts';
import { TdxUndecidedError, type TdxCollateralPart } from '../errors.ts';
import { verifyIntelChain, verifyIntelCrl } from './intel-chain.ts';
import type { PckChain } from './pck-chain.ts';
import { intersection, isWithin, type Validity } from './validity.ts';
import { verifyDocument } from './verify-document.ts';

/** Collateral of a platform, genuine and current, under which its PCK is not revoked. */
export interface ProvedCollateral {
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
  /** When the oldest of the four was issued. */
  readonly issued: Date;
  /** When the first of the four goes out of date. */
  readonly until: Date;
}

interface Held {
  readonly from: TdxCollateral;
  readonly proved: ProvedCollateral;
  readonly validity: Validity;
}

/** What was last found to hold for a platform; the dates are checked at every use. */
const held = new WeakMap<PckChain, Held>();

/**
 * Proves all that was given, so that what speaks against the quote is told before what is missing.
 * @throws TdxNotGenuineError, TdxUndecidedError
 */
export async function verifyCollateral(
  collateral: TdxCollateral,
  pck: PckChain,
  anchors: readonly TrustAnchor[],
  at: Date,
): Promise<ProvedCollateral> {
  const known = held.get(pck);
  if (known !== undefined && isSame(known.from, collateral) && isWithin(known.validity, at)) {
    return known.proved;
  }
  const made = await proveAll(collateral, pck, anchors, at);
  held.set(pck, made);
  return made.proved;
}

async function proveAll(
  from: TdxCollateral,
  pck: PckChain,
  anchors: readonly TrustAnchor[],
  at: Date,
): Promise<Held> {
  const gaps: TdxUndecidedError[] = [];
  const [ca, root] = pck.issuers;
  const proveCrl = (part: 'root-crl' | 'pck-crl', crl: Crl | undefined) =>
    attempt(gaps, part, crl, async (given) => {
      await verifyIntelCrl(part, given, part === 'root-crl' ? root : ca, at);
      return { from: given.thisUpdate, until: given.nextUpdate };
    });
  const rootCaCrl = await proveCrl('root-crl', from.rootCaCrl);
  const pckCrl = await proveCrl('pck-crl', from.pckCrl);
  await checkRevocation(pck, [rootCaCrl?.given, pckCrl?.given], anchors, at);
  const context = { anchors, at, rootCaCrl: rootCaCrl?.given ?? 'unchecked' } as const;
  const tcbInfo = await attempt(gaps, 'tcb-info', from.tcbInfo, (given) =>
    verifyDocument('tcb-info', given, context),
  );
  const qeIdentity = await attempt(gaps, 'qe-identity', from.qeIdentity, (given) =>
    verifyDocument('qe-identity', given, context),
  );
  if (rootCaCrl === undefined || pckCrl === undefined || tcbInfo === undefined || qeIdentity === undefined) {
    throw joined(gaps);
  }
  const documents = [tcbInfo.given.content, qeIdentity.given.content];
  const issued = [
    ...documents.map(({ issueDate }) => issueDate),
    rootCaCrl.given.thisUpdate,
    pckCrl.given.thisUpdate,
  ];
  const ends = [...documents, rootCaCrl.given, pckCrl.given].map(({ nextUpdate }) => nextUpdate);
  return {
    from,
    proved: {
      tcbInfo: tcbInfo.given.content,
      qeIdentity: qeIdentity.given.content,
      issued: new Date(Math.min(...issued.map(Number))),
      until: new Date(Math.min(...ends.map(Number))),
    },
    validity: intersection([rootCaCrl, pckCrl, tcbInfo, qeIdentity].map(({ validity }) => validity)),
  };
}

/** A fresh list that is there is used also where the other is missing. */
async function checkRevocation(
  { leaf, issuers }: PckChain,
  lists: readonly (Crl | undefined)[],
  anchors: readonly TrustAnchor[],
  at: Date,
): Promise<void> {
  const crls = lists.filter((crl) => crl !== undefined);
  const requireCrl = crls.length === lists.length;
  await verifyIntelChain('pck-chain', 'pck-crl', {
    leaf,
    intermediates: issuers,
    anchors,
    at,
    crls,
    requireCrl,
  });
}

/** Undefined, and one gap more, where the part is missing or stale. */
async function attempt<Part>(
  gaps: TdxUndecidedError[],
  part: TdxCollateralPart,
  given: Part | undefined,
  prove: (given: Part) => Promise<Validity>,
): Promise<{ readonly given: Part; readonly validity: Validity } | undefined> {
  try {
    if (given === undefined) throw new TdxUndecidedError('collateral-missing', [part], `${part} is missing`);
    return { given, validity: await prove(given) };
  } catch (cause) {
    if (!(cause instanceof TdxUndecidedError)) throw cause;
    gaps.push(cause);
    return undefined;
  }
}

/** Everything that is missing, with the code of what is stale, if anything: whoever brought that thinks that he is done. */
function joined(gaps: readonly TdxUndecidedError[]): TdxUndecidedError {
  const first = gaps.find(({ code }) => code !== 'collateral-missing') ?? gaps[0];
  if (first === undefined) throw new TypeError('nothing is missing');
  const missing = [...new Set(gaps.flatMap((gap) => gap.missing))];
  return gaps.length === 1
    ? first
    : new TdxUndecidedError(first.code, missing, `collateral is missing or stale: ${missing.join(', ')}`, {
        cause: first,
      });
}

function isSame(a: TdxCollateral, b: TdxCollateral): boolean {
  return (
    a.rootCaCrl === b.rootCaCrl &&
    a.pckCrl === b.pckCrl &&
    a.tcbInfo === b.tcbInfo &&
    a.qeIdentity === b.qeIdentity
  );
}
