import { CodedError } from '@asterism/bytes';
import { EvidenceFormatError } from './errors.ts';

/** Runs a decoder of another room and names the part that it refused. */
export function asFormatError<Value>(part: string, decode: () => Value): Value {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    const { got, want } = cause;
    throw new EvidenceFormatError('part-malformed', `${part}: ${cause.message}`, { got, want, cause });
  }
}
