import { BytesError, fromBase64, toBase64, type Bytes } from '@asterism/bytes';
import { X509Error } from './errors.ts';

/** Labels of RFC 7468 that are read and written here. */
export type PemLabel = 'CERTIFICATE' | 'X509 CRL' | 'CERTIFICATE REQUEST' | 'PUBLIC KEY' | 'PRIVATE KEY';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END ([A-Z0-9 ]{1,40})-----/g;

interface PemBlock {
  readonly label: string;
  readonly der: Bytes;
}

/**
 * Every block of a text whatever its label, in order; text between blocks is ignored (RFC 7468 §2).
 * @throws X509Error `pem-malformed` on no block, and on one that is broken.
 */
export function parsePemBlocks(text: string): readonly PemBlock[] {
  const blocks = [...text.matchAll(BLOCK)].map(([, begin = '', body = '', end]) => {
    if (begin !== end)
      throw new X509Error('pem-malformed', 'block ends with another label', { got: end, want: begin });
    return { label: begin, der: decodeBody(body.replace(/[\r\n]/g, '')) };
  });
  if (blocks.length === 0) throw new X509Error('pem-malformed', 'no PEM block');
  const begun = text.split('-----BEGIN ').length - 1;
  if (begun !== blocks.length) {
    throw new X509Error('pem-malformed', 'a PEM block is broken', { got: blocks.length, want: begun });
  }
  return blocks;
}

/**
 * The DER of every block of this label, in order.
 * @throws X509Error `pem-malformed` on no block, a block of another label, or one that is broken.
 */
export function parsePem(text: string, label: PemLabel = 'CERTIFICATE'): readonly Bytes[] {
  return parsePemBlocks(text).map((block) => {
    if (block.label !== label) {
      throw new X509Error('pem-malformed', 'block has another label', { got: block.label, want: label });
    }
    return block.der;
  });
}

/** One block in lines of 64 characters, with a final line feed. */
export function toPem(der: Uint8Array, label: PemLabel = 'CERTIFICATE'): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function decodeBody(body: string): Bytes {
  try {
    return fromBase64(body);
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new X509Error('pem-malformed', 'PEM block is not base64', { cause });
  }
}
