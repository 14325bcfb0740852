import { equalBytes } from '@asterism/bytes';
import type { Certificate } from '@asterism/x509';

/** As many as `verifyChain` takes. */
const MOST = 32;

/** The certificates above some, by their names only, each once. Whether they are its issuers is for `verifyChain`. */
export function issuersOf(
  leaves: readonly Certificate[],
  all: readonly Certificate[],
): readonly Certificate[] {
  const found = new Set<Certificate>();
  const open = [...leaves];
  for (let below = open.shift(); below !== undefined && found.size < MOST; below = open.shift()) {
    const { issuer } = below;
    for (const certificate of all) {
      if (found.has(certificate) || leaves.includes(certificate)) continue;
      if (!equalBytes(certificate.subject.der, issuer.der) || found.size === MOST) continue;
      found.add(certificate);
      open.push(certificate);
    }
  }
  return [...found];
}
