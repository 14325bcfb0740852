import type { MintedGuest } from '@asterism/testkit';
import type { Certificate } from '@asterism/x509';

/** Certificates of the roots that a minted machine's vendors have. */
export function rootsOf({ parts: { snp, tdx, nitro, vtpm } }: MintedGuest): readonly Certificate[] {
  return [
    snp?.pki.ark.certificate,
    tdx?.pki.root.certificate,
    nitro?.issuers.at(-1)?.certificate,
    vtpm?.certificates.at(-1),
  ].filter((root) => root !== undefined);
}
