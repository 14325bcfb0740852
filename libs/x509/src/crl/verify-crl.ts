import { equalBytes, toHex } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import { EXTENSION } from '../certificate/extensions.ts';
import { ChainError, ChainUndecidedError } from '../errors.ts';
import { checkInstant } from '../instant.ts';
import { verifySignatureOnce } from '../signature/verified-signatures.ts';
import type { Crl } from './crl.ts';

const UNDERSTOOD: ReadonlySet<string> = new Set([EXTENSION.authorityKeyIdentifier, EXTENSION.crlNumber]);

/**
 * Proves that a list is complete, current at `at` and signed by `issuer`, whose own place in a chain is for the caller
 * to prove. Delta lists and lists of partial or indirect scope are refused (RFC 5280 §5.2.4, §5.2.5).
 * @throws ChainError `crl-issuer-mismatch`, `key-identifier-mismatch`, `key-usage`, `unknown-critical-extension`,
 *   `crl-scope-unsupported`, `crl-signature-invalid`, `algorithm-refused`
 * @throws ChainUndecidedError `crl-expired`, `crl-not-yet-valid`
 */
export async function verifyCrl(crl: Crl, issuer: Certificate, at: Date): Promise<void> {
  if (!equalBytes(crl.issuer.der, issuer.subject.der)) {
    throw new ChainError('crl-issuer-mismatch', 'revocation list is of another issuer', {
      got: crl.issuer.text,
      want: issuer.subject.text,
    });
  }
  if (!isByKeyOf(crl, issuer)) {
    throw new ChainError('key-identifier-mismatch', 'revocation list names another key of its issuer');
  }
  if (issuer.keyUsage?.has('cRLSign') !== true) {
    throw new ChainError('key-usage', 'issuer may not sign revocation lists', {
      got: [...(issuer.keyUsage ?? [])],
      want: 'cRLSign',
    });
  }
  checkScope(crl);
  await verifyCrlSignature(crl, issuer);
  checkInstant(at);
  if (at < crl.thisUpdate) {
    throw new ChainUndecidedError('crl-not-yet-valid', 'revocation list is from the future', {
      got: crl.thisUpdate,
      want: at,
    });
  }
  if (at >= crl.nextUpdate) {
    throw new ChainUndecidedError('crl-expired', 'revocation list is out of date', {
      got: crl.nextUpdate,
      want: at,
    });
  }
}

/** False when list and certificate both name a key and the names differ: CAs of one name with several keys exist. */
export function isByKeyOf(crl: Crl, issuer: Certificate): boolean {
  const { authorityKeyIdentifier } = crl;
  const { subjectKeyIdentifier } = issuer;
  if (authorityKeyIdentifier === undefined || subjectKeyIdentifier === undefined) return true;
  return toHex(authorityKeyIdentifier) === toHex(subjectKeyIdentifier);
}

function checkScope(crl: Crl): void {
  for (const { oid, critical } of crl.extensions) {
    // Both must be critical; a list that forgets to say so is still not a complete one.
    if (oid === EXTENSION.deltaCrlIndicator || oid === EXTENSION.issuingDistributionPoint) {
      throw new ChainError(
        'crl-scope-unsupported',
        'delta, partial and indirect revocation lists are refused',
        {
          got: oid,
        },
      );
    }
    if (critical && !UNDERSTOOD.has(oid)) {
      throw new ChainError(
        'unknown-critical-extension',
        'revocation list has an unknown critical extension',
        {
          got: oid,
        },
      );
    }
  }
  const [entryExtension] = crl.criticalEntryExtensions;
  if (entryExtension !== undefined) {
    throw new ChainError('unknown-critical-extension', 'revoked entry has an unknown critical extension', {
      got: entryExtension,
    });
  }
}

async function verifyCrlSignature(crl: Crl, issuer: Certificate): Promise<void> {
  try {
    await verifySignatureOnce(crl, issuer);
  } catch (cause) {
    if (cause instanceof ChainError && cause.code === 'signature-invalid') {
      throw new ChainError('crl-signature-invalid', 'signature of the revocation list does not verify', {
        cause,
      });
    }
    throw cause;
  }
}
