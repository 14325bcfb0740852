import { parseEndorsementFields, SnpInputError, type EndorsementFields } from '@asterism/snp';
import type { Certificate } from '@asterism/x509';

/** AMD's fields of a VCEK or VLEK; undefined for any other certificate. Not verified. */
export function endorsementOf(certificate: Certificate): EndorsementFields | undefined {
  try {
    return parseEndorsementFields(certificate);
  } catch (cause) {
    if (cause instanceof SnpInputError) return undefined;
    throw cause;
  }
}
