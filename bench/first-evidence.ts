import { toBase64url } from '@asterism/bytes';
import type { AmdRoot } from '@asterism/snp';
import type { PcsAnswer } from '@asterism/tdx';
import {
  mintSnpPki,
  mintTdxMachine,
  mintTdxPki,
  type MintedSnpPki,
  type MintedTdxPki,
} from '@asterism/testkit';
import type { TrustAnchor } from '@asterism/x509';

/** Of one verification, in milliseconds; processor time is that of all threads. */
export interface FirstTime {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Evidence on its way to another process; bytes in base64url. */
export type FirstEvidence = {
  readonly evidence: string;
  /** ISO 8601. */
  readonly at: string;
} & (
  | {
      readonly name: 'snp';
      readonly roots: readonly AmdRoot[];
      /** The leaf first. */
      readonly certificates: readonly string[];
      readonly crl: string;
    }
  | {
      readonly name: 'tdx';
      readonly roots: readonly TrustAnchor[];
      readonly crls: { readonly rootCaCrl: string; readonly pckCrl: string };
      readonly documents: { readonly tcbInfo: PcsAnswer; readonly qeIdentity: PcsAnswer };
    }
);

/** Two of each kind, of issuers that have nothing in common. Keys of the issuers are as long as the vendors'. */
export async function makeFirstEvidence(): Promise<
  Readonly<Record<'snp' | 'tdx', readonly FirstEvidence[]>>
> {
  const issuerKeys = 'rsa-4096-pss-sha384';
  return {
    snp: await Promise.all(
      (['Genoa', 'Turin'] as const).map(async (product) =>
        snpEvidence(await mintSnpPki(product, { issuerKeys })),
      ),
    ),
    tdx: await Promise.all([1, 2].map(async () => tdxEvidence(await mintTdxPki()))),
  };
}

async function snpEvidence(pki: MintedSnpPki): Promise<FirstEvidence> {
  const machine = await pki.machine();
  return {
    name: 'snp',
    evidence: toBase64url(await machine.report()),
    at: machine.at.toISOString(),
    roots: pki.roots,
    certificates: [machine.leaf, ...machine.intermediates].map(({ der }) => toBase64url(der)),
    crl: toBase64url((await pki.crl()).der),
  };
}

async function tdxEvidence(pki: MintedTdxPki): Promise<FirstEvidence> {
  const machine = await mintTdxMachine(pki);
  const { rootCaCrl, pckCrl, tcbInfo, qeIdentity } = await machine.answers();
  if (rootCaCrl === undefined || pckCrl === undefined || tcbInfo === undefined || qeIdentity === undefined) {
    throw new Error('collateral is not complete');
  }
  return {
    name: 'tdx',
    evidence: toBase64url(await machine.quote()),
    at: machine.at.toISOString(),
    roots: machine.anchors,
    crls: { rootCaCrl: toBase64url(rootCaCrl), pckCrl: toBase64url(pckCrl) },
    documents: { tcbInfo, qeIdentity },
  };
}
