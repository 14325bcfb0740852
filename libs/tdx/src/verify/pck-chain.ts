import { BytesError, fromUtf8, toHex } from '@asterism/bytes';
import {
  commonNameOf,
  parseCertificate,
  parsePem,
  X509Error,
  type Certificate,
  type Name,
  type TrustAnchor,
} from '@asterism/x509';
import { TdxFormatError, TdxNotGenuineError } from '../errors.ts';
import type { TdxQuote } from '../quote/quote.ts';
import { importSpki, type P256Key } from './ecdsa-p256.ts';
import { verifyIntelChain } from './intel-chain.ts';
import { readPckExtensions, type PckExtensions } from './pck-extensions.ts';
import { intersection, isWithin, validityOf, type Validity } from './validity.ts';

/** What a quote says of its platform: which collateral it needs. Not verified. */
export interface PckPlatform {
  /** 6 bytes, hexadecimal: family, model, stepping, platform and SKU, by which Intel keeps its TCB info. */
  readonly fmspc: string;
  readonly chain: readonly [leaf: Certificate, ca: Certificate, root: Certificate];
}

/** @throws TdxFormatError `pck-malformed` */
export function pckPlatformOf({ pckChain }: Pick<TdxQuote, 'pckChain'>): PckPlatform {
  const chain = readPckChain(pckChain);
  return { fmspc: toHex(readPckExtensions(chain[0]).fmspc), chain };
}

/** Leaf, CA, root (certification data of type 5). @throws TdxFormatError `pck-malformed` */
export function readPckChain(pem: Uint8Array): readonly [Certificate, Certificate, Certificate] {
  return readable(() => certificatesOf(fromUtf8(pem)));
}

function certificatesOf(pem: string): readonly [Certificate, Certificate, Certificate] {
  const certificates = parsePem(pem).map(parseCertificate);
  const [leaf, ca, root] = certificates;
  if (leaf !== undefined && ca !== undefined && root !== undefined && certificates.length === 3) {
    return [leaf, ca, root];
  }
  throw new TdxFormatError('pck-malformed', 'PCK chain is not leaf, CA and root', {
    got: certificates.length,
    want: 3,
  });
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof BytesError)) throw cause;
    throw new TdxFormatError('pck-malformed', 'PCK chain cannot be read', { cause });
  }
}

/** A CA of Intel's that issues PCK certificates: each has its own revocation list. */
export type PckCa = 'processor' | 'platform';

/** Names (Intel SGX PCK Certificate and CRL Profile Specification, revision 1.5, §1.3). */
const PCK_NAME = 'Intel SGX PCK Certificate';
const CA_NAMES = new Map<string, PckCa>([
  ['Intel SGX PCK Processor CA', 'processor'],
  ['Intel SGX PCK Platform CA', 'platform'],
]);

/** By its common name; undefined for any other issuer. Not verified. */
export function pckCaOf(issuer: Name): PckCa | undefined {
  return CA_NAMES.get(commonNameOf(issuer));
}

/** A PCK chain that leads to a pinned root. Not verified: revocation. */
export interface PckChain {
  readonly leaf: Certificate;
  readonly issuers: readonly [ca: Certificate, root: Certificate];
  readonly ca: PckCa;
  readonly extensions: PckExtensions;
  readonly key: P256Key;
  readonly validity: Validity;
}

export interface PckChainRequest {
  readonly anchors: readonly TrustAnchor[];
  readonly at: Date;
}

/**
 * Chains that were found to hold, by their text; their dates are checked at every use, and so are the anchors. A platform
 * shows the same one with every quote.
 */
const held = new Map<string, { readonly chain: PckChain; readonly anchors: string }>();
const MOST_HELD = 256;

/**
 * Proves that a platform's PCK certificate is Intel's (S11), after which what it says may be asked for (S10).
 * @throws TdxFormatError `pck-malformed`, `argument-invalid`; TdxNotGenuineError `pck-chain`
 */
export async function verifyPckChain(
  { pckChain }: Pick<TdxQuote, 'pckChain'>,
  request: PckChainRequest,
): Promise<PckChain> {
  const pem = readable(() => fromUtf8(pckChain));
  const anchors = request.anchors.map(({ spkiSha256 }) => spkiSha256).join();
  const known = held.get(pem);
  if (known?.anchors === anchors && isWithin(known.chain.validity, request.at)) return known.chain;
  const chain = await proveChain(pem, request);
  const [oldest] = held.keys();
  if (held.size >= MOST_HELD && oldest !== undefined) held.delete(oldest);
  held.set(pem, { chain, anchors });
  return chain;
}

async function proveChain(pem: string, { anchors, at }: PckChainRequest): Promise<PckChain> {
  const [leaf, ...intermediates] = readable(() => certificatesOf(pem));
  const { certificates } = await verifyIntelChain('pck-chain', 'pck-crl', {
    leaf,
    intermediates,
    anchors,
    at,
  });
  const [, issuer, root] = certificates;
  const ca = pckCaOf(leaf.issuer);
  if (
    issuer === undefined ||
    root === undefined ||
    ca === undefined ||
    commonNameOf(leaf.subject) !== PCK_NAME
  ) {
    throw new TdxNotGenuineError('pck-chain', 'names are not those of a PCK chain', {
      got: certificates.map(({ subject }) => subject.text),
      want: [PCK_NAME, [...CA_NAMES.keys()]],
    });
  }
  return {
    leaf,
    issuers: [issuer, root],
    ca,
    extensions: readPckExtensions(leaf),
    key: await importSpki('pck-chain', leaf.spki),
    validity: intersection(certificates.map(validityOf)),
  };
}
