import type { Collateral } from '@asterism/attestation';
import {
  parseCertificate,
  parsePem,
  verifyChain,
  verifyCrl,
  type Certificate,
  type Crl,
  type TrustAnchor,
} from '@asterism/x509';
import { CollateralInputError, CollateralNotGenuineError } from '../errors.ts';

/** What a kind of item was proved to be. */
export interface Proof {
  readonly signer: Certificate;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly collateral: Collateral;
}

/** @throws CollateralInputError, X509Error */
export function readChain(pem: string | null): readonly [Certificate, ...Certificate[]] {
  const [first, ...rest] = pem === null ? [] : parsePem(pem).map(parseCertificate);
  if (first === undefined) throw new CollateralInputError('item-malformed', 'issuers did not come along');
  return [first, ...rest];
}

/** The first certificate up to one of the roots. @throws ChainError, X509Error */
export async function proveChain(
  [leaf, ...intermediates]: readonly [Certificate, ...Certificate[]],
  anchors: readonly TrustAnchor[],
  at: Date,
): Promise<readonly Certificate[]> {
  const { certificates } = await verifyChain({ leaf, intermediates, anchors, at });
  return certificates;
}

/** A list by the certificate `issuer` of a chain that is proved. @throws ChainError, ChainUndecidedError */
export async function proveCrl(crl: Crl, issuer: Certificate, at: Date): Promise<Proof> {
  await verifyCrl(crl, issuer, at);
  const { thisUpdate, nextUpdate } = crl;
  return { signer: issuer, thisUpdate, nextUpdate, collateral: { certificates: [], crls: [crl], tdx: [] } };
}

/** Certificates have no next update; they are kept as long as all of them are valid. */
export function proveCertificates(chain: readonly Certificate[], given: readonly Certificate[]): Proof {
  const [leaf, signer] = chain;
  if (leaf === undefined || signer === undefined) throw refused('chain is too short', chain.length, 2);
  const until = Math.min(...chain.map(({ notAfter }) => notAfter.getTime()));
  return {
    signer,
    thisUpdate: leaf.notBefore,
    nextUpdate: new Date(until),
    collateral: { certificates: given, crls: [], tdx: [] },
  };
}

export function refused(message: string, got: unknown, want: unknown): CollateralNotGenuineError {
  return new CollateralNotGenuineError('collateral-refused', message, { got, want });
}
