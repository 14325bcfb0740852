import { equalBytes } from '@asterism/bytes';
import {
  ChainError,
  ChainUndecidedError,
  commonNameOf,
  verifyChain,
  X509Error,
  type Certificate,
  type ChainRequest,
  type Crl,
  type TrustAnchor,
} from '@asterism/x509';
import type { SignedDocument, TdxCollateral } from '../collateral/collateral.ts';
import { TdxNotGenuineError, TdxUndecidedError, type TdxNotGenuineErrorCode } from '../errors.ts';
import { verifyP256 } from './ecdsa-p256.ts';

/** Under the same root stand the PCK CAs, whose keys must not do for a document. */
export const TCB_SIGNER = 'Intel SGX TCB Signing';

type CompleteCollateral = { readonly [Name in keyof TdxCollateral]-?: NonNullable<TdxCollateral[Name]> };

/** @throws TdxUndecidedError `collateral-missing` */
export function requireAll(collateral: TdxCollateral | undefined): CompleteCollateral {
  return {
    rootCaCrl: given(collateral?.rootCaCrl, 'root CA revocation list'),
    pckCrl: given(collateral?.pckCrl, 'PCK revocation list'),
    tcbInfo: given(collateral?.tcbInfo, 'TCB info'),
    qeIdentity: given(collateral?.qeIdentity, 'QE identity'),
  };
}

/** A list that was fetched for another CA is a mistake to be told, not one to be passed over. */
export function checkListIssuer(
  code: 'pck-crl-issuer' | 'root-crl-issuer',
  crl: Crl,
  issuer: Certificate | undefined,
): void {
  if (issuer !== undefined && equalBytes(crl.issuer.der, issuer.subject.der)) return;
  throw new TdxNotGenuineError(code, 'revocation list is of another issuer', {
    got: crl.issuer.text,
    want: issuer?.subject.text,
  });
}

/**
 * Proves that Intel's TCB signer made the text and that it is current (S15). A cache that has no list yet says
 * `unchecked`; `verifyTdxQuote` always looks the signer up.
 * @throws TdxNotGenuineError `collateral-signer` and the code given
 * @throws TdxUndecidedError `collateral-missing`, `collateral-expired`, `collateral-not-yet-valid`
 */
export async function verifyDocument(
  code: 'tcb-info-signature' | 'qe-identity-signature',
  document: SignedDocument<{ readonly issueDate: Date; readonly nextUpdate: Date }>,
  context: {
    readonly anchors: readonly TrustAnchor[];
    readonly at: Date;
    readonly rootCaCrl: Crl | 'unchecked';
  },
): Promise<void> {
  const [leaf, ...intermediates] = document.issuers;
  if (leaf === undefined) {
    const want = `issuer chain of ${TCB_SIGNER}`;
    throw new TdxUndecidedError('collateral-missing', 'issuer chain of a document is missing', { want });
  }
  const signer = commonNameOf(leaf.subject);
  if (signer !== TCB_SIGNER) {
    throw new TdxNotGenuineError('collateral-signer', 'document is not by the TCB signer', {
      got: signer,
      want: TCB_SIGNER,
    });
  }
  await verifyIntelChain('collateral-signer', {
    leaf,
    intermediates,
    anchors: context.anchors,
    at: context.at,
    ...(context.rootCaCrl === 'unchecked' ? {} : { crls: [context.rootCaCrl], requireCrl: true }),
    leafUsage: 'digitalSignature',
  });
  await verifyP256(code, leaf.spki, document.signed, document.signature);
  const { issueDate, nextUpdate } = document.content;
  if (context.at < issueDate) {
    throw new TdxUndecidedError('collateral-not-yet-valid', 'document is from the future', {
      got: issueDate,
    });
  }
  if (context.at >= nextUpdate) {
    throw new TdxUndecidedError('collateral-expired', 'document is out of date', {
      got: nextUpdate,
      want: context.at,
    });
  }
}

/** `verifyChain` with the errors of this room. */
export async function verifyIntelChain(
  code: TdxNotGenuineErrorCode,
  request: ChainRequest,
): Promise<Certificate[]> {
  try {
    return [...(await verifyChain(request)).certificates];
  } catch (cause) {
    if (cause instanceof ChainUndecidedError) {
      const undecided = {
        'crl-missing': 'collateral-missing',
        'crl-expired': 'collateral-expired',
        'crl-not-yet-valid': 'collateral-not-yet-valid',
      } as const;
      throw new TdxUndecidedError(undecided[cause.code], cause.message, {
        cause,
        got: cause.got,
        want: cause.want,
      });
    }
    if (!(cause instanceof ChainError || cause instanceof X509Error)) throw cause;
    throw new TdxNotGenuineError(code, cause.message, { cause, got: cause.got, want: cause.want });
  }
}

function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) {
    throw new TdxUndecidedError('collateral-missing', `${name} is missing`, { want: name });
  }
  return value;
}
