import type { CollateralNeed } from '@asterism/attestation';
import { fromUtf8, toHex } from '@asterism/bytes';
import { parseEndorsementFields, type SigningKey, type SnpProduct } from '@asterism/snp';
import { commonNameOf, parseCertificate, parseCrl, type Certificate } from '@asterism/x509';
import { proveCertificates, proveChain, proveCrl, readChain, refused, type Proof } from './chains.ts';
import type { CollateralItem, VendorRoots } from './item.ts';

type NeedOf<Kind extends CollateralNeed['kind']> = Extract<CollateralNeed, { kind: Kind }>;

/** ASK or ASVK, and ARK (AMD 57230 rev. 1.00 §4.1, `cert_chain`). */
export async function verifyAmdChain(
  { content }: CollateralItem,
  { product, key }: NeedOf<'amd-chain'>,
  roots: VendorRoots,
  at: Date,
): Promise<Proof> {
  const chain = await proveIssuers(fromUtf8(content), product, key, roots, at);
  return proveCertificates(chain, chain);
}

/** The certificate of one chip at one version of its firmware. */
export async function verifyVcek(
  { content, issuerChain }: CollateralItem,
  { product, chipId, tcb }: NeedOf<'amd-vcek'>,
  roots: VendorRoots,
  at: Date,
): Promise<Proof> {
  const leaf = parseCertificate(content);
  const issuers = await proveIssuers(issuerChain, product, 'VCEK', roots, at);
  const chain = await proveChain([leaf, ...issuers], rootsOf(product, roots), at);
  const fields = parseEndorsementFields(leaf);
  const got = { product: fields.product, chipId: toHex(fields.hwId ?? new Uint8Array()), tcb: fields.tcb };
  const want = { product, chipId, tcb };
  const { bootloader, tee, snp, microcode, fmc } = got.tcb;
  const isAsked =
    got.product === product &&
    got.chipId === chipId &&
    [bootloader, tee, snp, microcode, fmc].join() ===
      [tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode, tcb.fmc].join();
  if (!isAsked) throw refused('certificate is of another chip or version', got, want);
  return proveCertificates(chain, [leaf, ...issuers]);
}

/** The ARK's list of revoked ASKs and ASVKs. */
export async function verifyAmdCrl(
  { content, issuerChain }: CollateralItem,
  { product, key }: NeedOf<'amd-crl'>,
  roots: VendorRoots,
  at: Date,
): Promise<Proof> {
  const chain = await proveIssuers(issuerChain, product, key, roots, at);
  const root = chain.at(-1);
  if (root === undefined) throw refused('chain is empty', 0, 2);
  return proveCrl(parseCrl(content), root, at);
}

async function proveIssuers(
  pem: string | null,
  product: SnpProduct,
  key: SigningKey,
  roots: VendorRoots,
  at: Date,
): Promise<readonly Certificate[]> {
  const certificates = readChain(pem);
  const name = key === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`;
  const got = commonNameOf(certificates[0].subject);
  if (got !== name) throw refused('chain is of another product or kind of key', got, name);
  return proveChain(certificates, rootsOf(product, roots), at);
}

/** A root vouches for its own product only. */
function rootsOf(product: SnpProduct, { amd }: VendorRoots): VendorRoots['amd'] {
  return amd.filter((root) => root.product === product);
}
