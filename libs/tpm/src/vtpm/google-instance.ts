import { BytesError, fromUtf8, toHex } from '@asterism/bytes';
import { contextConstructed, DerReader, TAG, X509Error, type Certificate } from '@asterism/x509';
import { TpmFormatError } from '../errors.ts';

/** The machine that Google certifies a vTPM's key for (google/go-tpm-tools, server/instance_info.go). */
export interface GoogleInstance {
  readonly zone: string;
  /** Decimal, as are other numbers of 64 bits. */
  readonly projectNumber: string;
  readonly projectId: string;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly securityVersion: number;
  /** False on machines of Google's own tests. */
  readonly production: boolean;
}

/** Extension with the instance, under Google's arc. */
const INSTANCE_INFO = '1.3.6.1.4.1.11129.2.1.21';

/**
 * The instance in an EK or AK certificate; null where the certificate has none. True once the chain is verified.
 * @throws TpmFormatError `malformed`
 */
export function parseGoogleInstance({ extensions }: Certificate): GoogleInstance | null {
  const extension = extensions.find(({ oid }) => oid === INSTANCE_INFO);
  if (extension === undefined) return null;
  try {
    return readInstance(extension.value);
  } catch (cause) {
    if (!(cause instanceof X509Error) && !(cause instanceof BytesError)) throw cause;
    throw new TpmFormatError('malformed', `instance of an AK certificate: ${cause.message}`, { cause });
  }
}

function readInstance(der: Uint8Array): GoogleInstance {
  const fields = DerReader.of(der).enter(TAG.sequence);
  const identity = {
    zone: text(fields),
    projectNumber: decimal(fields),
    projectId: text(fields),
    instanceId: decimal(fields),
    instanceName: text(fields),
  };
  const wrapped = fields.enterOptional(contextConstructed(0));
  fields.expectEnd();
  const security = wrapped?.enter(TAG.sequence);
  wrapped?.expectEnd();
  const version = security?.enterOptional(contextConstructed(0));
  const production = security?.enterOptional(contextConstructed(1));
  // Flags behind these have no public description.
  return {
    ...identity,
    securityVersion: version?.smallInteger() ?? 0,
    production: production?.boolean() ?? false,
  };
}

function text(fields: DerReader): string {
  return fromUtf8(fields.element(TAG.utf8String).content);
}

function decimal(fields: DerReader): string {
  return BigInt(`0x${toHex(fields.unsignedInteger())}`).toString();
}
