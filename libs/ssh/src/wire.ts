import { BytesError, fromUtf8, type Bytes, type Reader } from '@asterism/bytes';
import { SshError, type SshErrorCode } from './errors.ts';

/** RFC 4251 §5: `string` is a 32-bit big-endian length and its bytes. */
export function readText(reader: Reader, max: number): string {
  return fromUtf8(reader.sized32(max));
}

/**
 * RFC 4251 §5 `mpint`: two's complement, big-endian, no byte more than it takes. Only numbers that are not negative.
 * @param max bytes of the magnitude
 * @returns the magnitude without a leading zero
 */
export function readMpint(reader: Reader, max: number): Bytes {
  const bytes = reader.sized32(max + 1);
  const [first = 0, second = 0] = bytes;
  if (first & 0x80) throw new BytesError('out-of-range', 'number is negative');
  if (bytes.length > 0 && first === 0 && (second & 0x80) === 0) {
    throw new BytesError('not-canonical', 'number has a leading zero');
  }
  const magnitude = first === 0 ? (bytes.slice(1) as Bytes) : bytes;
  if (magnitude.length > max) {
    throw new BytesError('out-of-range', 'number is too long', { got: magnitude.length, want: max });
  }
  return magnitude;
}

/** @param magnitude big-endian, not negative */
export function toMpint(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const bare = magnitude.subarray(start);
  if ((bare[0] ?? 0) < 0x80) return bare;
  const padded = new Uint8Array(bare.length + 1);
  padded.set(bare, 1);
  return padded;
}

/** Every error of the readers becomes the format's own. */
export function reading<Result>(code: SshErrorCode, what: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    const { got, want } = cause;
    throw new SshError(code, `${what}: ${cause.message}`, { got, want, cause });
  }
}

/** Order of names in a certificate (PROTOCOL.certkeys); those of options are ASCII. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 4648 §4. That of libs/bytes, which also runs in a browser, takes longer than a signature. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
