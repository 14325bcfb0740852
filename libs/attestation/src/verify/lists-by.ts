import { equalBytes } from '@asterism/bytes';
import type { Certificate, Crl } from '@asterism/x509';

/** As many as `verifyChain` takes. */
const MOST = 32;

/** Of anybody's lists, those by these issuers' names. */
export function listsBy(issuers: readonly Certificate[], crls: readonly Crl[]): readonly Crl[] {
  return crls
    .filter((crl) => issuers.some(({ subject }) => equalBytes(subject.der, crl.issuer.der)))
    .slice(0, MOST);
}
