import { BytesError, fromBase64, fromHex, fromUtf8 } from '@asterism/bytes';
import type { TdxCollateral } from '@asterism/tdx';
import {
  parseCertificate,
  parseCrl,
  parsePemBlocks,
  X509Error,
  type Certificate,
  type Crl,
} from '@asterism/x509';
import { CollateralFormatError } from './errors.ts';
import { readJson } from './read-json.ts';

/** A signed document of Intel's as it was answered; its issuers travel apart from it. */
export interface SignedAnswer {
  readonly name: 'tcbInfo' | 'qeIdentity';
  /** `{"tcbInfo":…,"signature":"…"}`, or the same of an `enclaveIdentity`. */
  readonly body: string;
  /** PEM, where it came with the answer. */
  readonly issuerChain: string | undefined;
}

export interface Content {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Crl[];
  readonly tdx: readonly TdxCollateral[];
  readonly answers: readonly SignedAnswer[];
}

export const NO_CONTENT: Content = Object.freeze({ certificates: [], crls: [], tdx: [], answers: [] });

/**
 * Finds out what bytes are and reads them: DER; PEM of certificates and lists, plain or percent-encoded as in a header;
 * DER in hexadecimal or base64, as PCS v3 and PCCS answer; JSON; an HTTP answer saved with its headers.
 * @throws CollateralFormatError, and what the readers of the formats throw
 */
export function readContent(bytes: Uint8Array): Content {
  // 0x30 is SEQUENCE, and as a text the digit 0, with which nothing here begins.
  if (bytes[0] === 0x30) return readDer(bytes);
  return readText(asText(bytes));
}

/** @throws CollateralFormatError, X509Error, BytesError, TdxFormatError */
export function readText(whole: string): Content {
  const text = whole.replace(/^\ufeff/, '').trim();
  if (text.startsWith('{')) return readJson(text);
  if (text.startsWith('HTTP/')) return readSavedAnswer(text);
  if (text.includes('-----BEGIN%20')) return joinContent(percentEncoded(text).map(readPem));
  if (text.includes('-----BEGIN ')) return readPem(text);
  const bare = text.replace(/^"|"$|\s/g, '');
  if (/^[0-9a-fA-F]{64,}$/.test(bare)) return readDer(fromHex(bare));
  if (/^[A-Za-z0-9+/]{64,}={0,2}$/.test(bare)) return readDer(fromBase64(bare));
  throw new CollateralFormatError(
    'collateral-unknown',
    'neither certificates nor lists nor documents of a vendor',
  );
}

export function joinContent(parts: readonly Content[]): Content {
  return {
    certificates: parts.flatMap(({ certificates }) => certificates),
    crls: parts.flatMap(({ crls }) => crls),
    tdx: parts.flatMap(({ tdx }) => tdx),
    answers: parts.flatMap(({ answers }) => answers),
  };
}

function asText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new CollateralFormatError('collateral-unknown', 'neither DER nor a text', { cause });
  }
}

function readPem(text: string): Content {
  return joinContent(
    parsePemBlocks(text).map(({ label, der }) => {
      if (label === 'CERTIFICATE') return { ...NO_CONTENT, certificates: [parseCertificate(der)] };
      if (label === 'X509 CRL') return { ...NO_CONTENT, crls: [parseCrl(der)] };
      throw new CollateralFormatError('collateral-unknown', 'PEM is of no use as collateral', {
        got: label,
        want: ['CERTIFICATE', 'X509 CRL'],
      });
    }),
  );
}

function readDer(der: Uint8Array): Content {
  try {
    return { ...NO_CONTENT, certificates: [parseCertificate(der)] };
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
  }
  return { ...NO_CONTENT, crls: [parseCrl(der)] };
}

/** Status line and headers, an empty line, the body: as `curl -i` writes it. */
function readSavedAnswer(text: string): Content {
  const [head = '', ...rest] = text.split(/\r?\n\r?\n/);
  const headers = joinContent(percentEncoded(head).map(readPem));
  return joinContent([headers, readText(rest.join('\n\n'))]);
}

/** Values of headers, which are PEM in percent-encoding. */
function percentEncoded(text: string): readonly string[] {
  return (text.match(/-----BEGIN%20\S+/g) ?? []).map((value) => {
    try {
      return decodeURIComponent(value);
    } catch (cause) {
      throw new CollateralFormatError('collateral-malformed', 'issuer chain is not percent-encoded', {
        cause,
      });
    }
  });
}
