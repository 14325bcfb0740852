import { EvidenceFormatError } from '@asterism/attestation';
import { BytesError, fromUtf8, type Bytes } from '@asterism/bytes';

/** JSON that is evidence, or a part of it: what cannot be read is refused. @throws EvidenceFormatError `part-malformed` */
export function parseJsonBytes(bytes: Bytes, what: string): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    if (!(cause instanceof BytesError || cause instanceof SyntaxError)) throw cause;
    throw new EvidenceFormatError('part-malformed', `${what} is not JSON`, { cause });
  }
}
