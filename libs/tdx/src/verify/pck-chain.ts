import { BytesError, fromUtf8, toHex } from '@asterism/bytes';
import { parseCertificate, parsePem, X509Error, type Certificate } from '@asterism/x509';
import { TdxFormatError } from '../errors.ts';
import type { ParsedTdxQuote } from '../quote/quote.ts';
import { readPckExtensions } from './pck-extensions.ts';

/** What a quote says of its platform: which collateral it needs. Not verified. */
export interface PckPlatform {
  /** 6 bytes, hexadecimal: family, model, stepping, platform and SKU, by which Intel keeps its TCB info. */
  readonly fmspc: string;
  /** Leaf first, as it came. */
  readonly chain: readonly [Certificate, ...Certificate[]];
}

/** @throws TdxFormatError `pck-malformed` */
export function pckPlatformOf({ pckChain }: ParsedTdxQuote): PckPlatform {
  const chain = readPckChain(pckChain);
  return { fmspc: toHex(readPckExtensions(chain[0]).fmspc), chain };
}

/** Leaf first, from the PEM of a quote. @throws TdxFormatError `pck-malformed` */
export function readPckChain(pem: Uint8Array): [Certificate, ...Certificate[]] {
  try {
    const [leaf, ...rest] = parsePem(fromUtf8(pem)).map(parseCertificate);
    if (leaf !== undefined) return [leaf, ...rest];
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof BytesError)) throw cause;
    throw new TdxFormatError('pck-malformed', 'PCK chain cannot be read', { cause });
  }
  throw new TdxFormatError('pck-malformed', 'PCK chain is empty');
}
