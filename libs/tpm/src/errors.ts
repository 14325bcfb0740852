import { BytesError, CodedError, Reader } from '@asterism/bytes';

export type TpmFormatErrorCode = 'malformed' | 'too-large' | 'unsupported';

/** The bytes are not a well-formed structure of the TPM 2.0 Library or TCG event log, or use what this room does not read. */
export class TpmFormatError extends CodedError<TpmFormatErrorCode> {
  readonly outcome = 'input';
}

export type TpmNotGenuineErrorCode =
  | 'magic-wrong'
  | 'type-wrong'
  | 'qualifying-data-mismatch'
  | 'pcr-selection-mismatch'
  | 'pcr-digest-mismatch'
  | 'signature-invalid'
  | 'ak-attributes'
  | 'ek-attributes'
  | 'ek-mismatch'
  | 'algorithm-refused'
  | 'event-log-mismatch'
  | 'chain-refused'
  | 'debug-mode'
  | 'ak-mismatch'
  | 'certificate-purpose'
  | 'runtime-data-mismatch';

/** Well-formed, but not proved to come from a TPM key that can only sign what the TPM itself made. */
export class TpmNotGenuineError extends CodedError<TpmNotGenuineErrorCode> {
  readonly outcome = 'genuine';
}

/** Reads one whole structure: truncation, trailing bytes and lengths over their bound become `malformed`. */
export function readStructure<T>(
  name: string,
  bytes: Uint8Array,
  read: (reader: Reader) => T,
  endianness: 'big' | 'little' = 'big',
): T {
  try {
    const reader = new Reader(bytes, endianness);
    const value = read(reader);
    reader.expectEnd();
    return value;
  } catch (cause) {
    if (cause instanceof BytesError) {
      const { got, want } = cause;
      throw new TpmFormatError('malformed', `${name}: ${cause.message}`, { got, want, cause });
    }
    throw cause;
  }
}
