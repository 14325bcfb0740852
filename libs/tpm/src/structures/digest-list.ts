import { Writer, type Bytes, type Reader } from '@asterism/bytes';
import { readStructure, TpmFormatError } from '../errors.ts';

const MAX_DIGESTS = 8;

/** TPML_DIGEST, Part 2 §10.9.5: at most eight digests of at most 64 bytes. */
export function readDigestList(reader: Reader): Bytes[] {
  const count = reader.u32();
  if (count > MAX_DIGESTS) {
    throw new TpmFormatError('too-large', 'TPML_DIGEST: number of digests', {
      got: count,
      want: MAX_DIGESTS,
    });
  }
  return Array.from({ length: count }, () => reader.sized16(64));
}

export function decodeDigestList(bytes: Uint8Array): Bytes[] {
  return readStructure('TPML_DIGEST', bytes, readDigestList);
}

export function encodeDigestList(digests: readonly Uint8Array[]): Bytes {
  const writer = new Writer('big').u32(digests.length);
  for (const digest of digests) writer.sized16(digest);
  return writer.finish();
}
