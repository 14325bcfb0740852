import { equalBytes } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import type { Crl } from '../crl/crl.ts';
import { isByKeyOf, verifyCrl } from '../crl/verify-crl.ts';
import { ChainError, ChainUndecidedError } from '../errors.ts';

/** Which certificates below the root must be found in a fresh list: all, all but the leaf, or those with a list. */
export type CrlRequirement = boolean | 'intermediates';

/**
 * Looks up every certificate below the root in its issuer's lists. A list that was given is never ignored: if it is
 * not genuine the chain is refused, and if all of an issuer's lists are stale nothing can be decided.
 * @returns for each certificate below the root, whether a fresh list was found.
 */
export async function checkRevocation(
  path: readonly Certificate[],
  crls: readonly Crl[],
  require: CrlRequirement,
  at: Date,
): Promise<readonly boolean[]> {
  const checked: boolean[] = [];
  for (const [depth, certificate] of path.slice(0, -1).entries()) {
    const issuer = path[depth + 1];
    if (issuer === undefined) break;
    const found = await checkOne(certificate, issuer, crls, at);
    const needed = require === true || (require === 'intermediates' && depth > 0);
    if (!found && needed) {
      throw new ChainUndecidedError('crl-missing', 'no revocation list of this issuer', {
        want: issuer.subject.text,
      });
    }
    checked.push(found);
  }
  return checked;
}

async function checkOne(
  certificate: Certificate,
  issuer: Certificate,
  crls: readonly Crl[],
  at: Date,
): Promise<boolean> {
  const own = crls.filter((crl) => equalBytes(crl.issuer.der, issuer.subject.der) && isByKeyOf(crl, issuer));
  let stale: ChainUndecidedError | undefined;
  let fresh = false;
  for (const crl of own) {
    try {
      await verifyCrl(crl, issuer, at);
    } catch (cause) {
      if (!(cause instanceof ChainUndecidedError)) throw cause;
      stale ??= cause;
      continue;
    }
    const revokedAt = crl.revoked.get(certificate.serial);
    if (revokedAt !== undefined) {
      throw new ChainError('revoked', `certificate ${certificate.subject.text} is revoked`, {
        got: { serial: certificate.serial, revokedAt },
      });
    }
    fresh = true;
  }
  if (!fresh && stale !== undefined) throw stale;
  return fresh;
}
