import type { CollateralNeed } from '@asterism/attestation';
import { fromUtf8, toHex } from '@asterism/bytes';
import { collateralFromPcs, pckCaOf, verifyDocument, type TdxCollateral } from '@asterism/tdx';
import { parseCrl, type Certificate } from '@asterism/x509';
import { CollateralInputError } from '../errors.ts';
import { proveChain, proveCrl, readChain, refused, type Proof } from './chains.ts';
import type { CollateralItem, VendorRoots } from './item.ts';

type NeedOf<Kind extends CollateralNeed['kind']> = Extract<CollateralNeed, { kind: Kind }>;

export async function verifyTcbInfo(
  item: CollateralItem,
  { fmspc }: NeedOf<'intel-tcb-info'>,
  { intel: anchors }: VendorRoots,
  at: Date,
): Promise<Proof> {
  const { tcbInfo } = collateralFromPcs({ tcbInfo: answerOf(item) });
  if (tcbInfo === undefined) throw new CollateralInputError('item-malformed', 'not a TCB info');
  await verifyDocument('tcb-info', tcbInfo, { anchors, at, rootCaCrl: 'unchecked' });
  const got = toHex(tcbInfo.content.fmspc);
  if (got !== fmspc) throw refused('TCB info is of another platform', got, fmspc);
  return proofOf(tcbInfo, { tcbInfo });
}

export async function verifyQeIdentity(
  item: CollateralItem,
  { intel: anchors }: VendorRoots,
  at: Date,
): Promise<Proof> {
  const { qeIdentity } = collateralFromPcs({ qeIdentity: answerOf(item) });
  if (qeIdentity === undefined) throw new CollateralInputError('item-malformed', 'not a QE identity');
  await verifyDocument('qe-identity', qeIdentity, { anchors, at, rootCaCrl: 'unchecked' });
  return proofOf(qeIdentity, { qeIdentity });
}

/** The list of one PCK CA, which comes with its chain. */
export async function verifyPckCrl(
  { content, issuerChain }: CollateralItem,
  { ca }: NeedOf<'intel-pck-crl'>,
  { intel }: VendorRoots,
  at: Date,
): Promise<Proof> {
  const chain = readChain(issuerChain);
  const [issuer] = chain;
  await proveChain(chain, intel, at);
  const got = pckCaOf(issuer.subject);
  if (got !== ca) throw refused('revocation list is of another CA', got ?? issuer.subject.text, ca);
  return proveCrl(parseCrl(content), issuer, at);
}

/** The list of the root, whose certificate comes with any chain of Intel's. */
export async function verifyRootCrl(
  { content, issuerChain }: CollateralItem,
  { intel }: VendorRoots,
  at: Date,
): Promise<Proof> {
  const chain = await proveChain(readChain(issuerChain), intel, at);
  const root = chain.at(-1);
  if (root === undefined) throw refused('chain is empty', 0, 2);
  return proveCrl(parseCrl(content), root, at);
}

function answerOf({ content, issuerChain }: CollateralItem): { body: string; issuerChain: string } {
  if (issuerChain === null) throw new CollateralInputError('item-malformed', 'issuers did not come along');
  return { body: fromUtf8(content), issuerChain };
}

function proofOf(
  document: {
    readonly content: { readonly issueDate: Date; readonly nextUpdate: Date };
    readonly issuers: readonly Certificate[];
  },
  tdx: TdxCollateral,
): Proof {
  const [signer] = document.issuers;
  if (signer === undefined) throw new CollateralInputError('item-malformed', 'issuers did not come along');
  const { issueDate: thisUpdate, nextUpdate } = document.content;
  return { signer, thisUpdate, nextUpdate, collateral: { certificates: [], crls: [], tdx: [tdx] } };
}
