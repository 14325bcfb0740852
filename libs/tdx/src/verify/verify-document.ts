import { commonNameOf, type Certificate, type Crl, type TrustAnchor } from '@asterism/x509';
import type { SignedDocument } from '../collateral/signed-document.ts';
import { TdxNotGenuineError, TdxUndecidedError } from '../errors.ts';
import { importSpki, isSignedBy } from './ecdsa-p256.ts';
import { verifyIntelChain } from './intel-chain.ts';
import { intersection, isWithin, validityOf, type Validity } from './validity.ts';

/** Under the same root stand the PCK CAs, whose keys must not do for a document. */
export const TCB_SIGNER = 'Intel SGX TCB Signing';

interface Dated {
  readonly issueDate: Date;
  readonly nextUpdate: Date;
}

/**
 * Proves that Intel's TCB signer made the text and that it is current (S15). A cache that has no list yet says
 * `unchecked`; `verifyTdxQuote` always looks the signer up.
 * @returns when all of it is valid: document, signer and his issuers.
 * @throws TdxNotGenuineError `collateral-signer`, `tcb-info-signature`, `qe-identity-signature`
 * @throws TdxUndecidedError
 */
export async function verifyDocument(
  part: 'tcb-info' | 'qe-identity',
  document: SignedDocument<Dated>,
  context: {
    readonly anchors: readonly TrustAnchor[];
    readonly at: Date;
    readonly rootCaCrl: Crl | 'unchecked';
  },
): Promise<Validity> {
  const { anchors, at, rootCaCrl } = context;
  const leaf = signerOf(part, document, at);
  const { certificates } = await verifyIntelChain('collateral-signer', 'root-crl', {
    leaf,
    intermediates: document.issuers.filter((issuer) => issuer !== leaf),
    anchors,
    at,
    ...(rootCaCrl === 'unchecked' ? {} : { crls: [rootCaCrl], requireCrl: true }),
  });
  const key = await importSpki('collateral-signer', leaf.spki);
  const code = `${part}-signature` as const;
  if (!(await isSignedBy(key, document.signed, document.signature))) {
    throw new TdxNotGenuineError(code, 'signature of the document does not verify');
  }
  const { issueDate: from, nextUpdate: until } = document.content;
  checkCurrent(part, { from, until }, at);
  return intersection([{ from, until }, ...certificates.map(validityOf)]);
}

/** The signer's certificate, of which Intel has issued several for one key; one that is out of date is stale collateral. */
function signerOf(
  part: 'tcb-info' | 'qe-identity',
  { issuers }: SignedDocument<Dated>,
  at: Date,
): Certificate {
  if (issuers.length === 0) {
    throw new TdxUndecidedError('collateral-missing', [part], `issuer chain of ${part} is missing`, {
      want: TCB_SIGNER,
    });
  }
  const signers = issuers.filter((issuer) => commonNameOf(issuer.subject) === TCB_SIGNER);
  const [last] = signers.slice(-1);
  const signer = signers.find((candidate) => isWithin(validityOf(candidate), at)) ?? last;
  if (signer === undefined) {
    throw new TdxNotGenuineError('collateral-signer', 'document is not by the TCB signer', {
      got: issuers.map(({ subject }) => subject.text),
      want: TCB_SIGNER,
    });
  }
  checkCurrent(part, validityOf(signer), at);
  return signer;
}

function checkCurrent(part: 'tcb-info' | 'qe-identity', { from, until }: Validity, at: Date): void {
  if (at < from) {
    throw new TdxUndecidedError('collateral-not-yet-valid', [part], `${part} is from the future`, {
      got: from,
      want: at,
    });
  }
  if (at >= until) {
    throw new TdxUndecidedError('collateral-expired', [part], `${part} is out of date`, {
      got: until,
      want: at,
    });
  }
}
