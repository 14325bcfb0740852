import { EvidenceFormatError } from '@asterism/attestation';
import { BytesError, fromBase64, type Bytes } from '@asterism/bytes';

/**
 * Attestation document of a Constellation node: `AttestationDocument` of edgelesssys/constellation,
 * internal/attestation/vtpm, as Go's encoding/json writes it, with `attest.Attestation` of google/go-tpm-tools inside.
 */
export interface ConstellationDocument {
  /** TPMT_PUBLIC. */
  readonly akPub: Bytes;
  readonly quote: Bytes;
  /** TPMT_SIGNATURE. */
  readonly signature: Bytes;
  /** Values of the SHA-256 bank by index. */
  readonly pcrs: ReadonlyMap<number, Bytes>;
  /** Null where none came. */
  readonly eventLog: Bytes | null;
  /** DER: the attestation key's certificate and its issuers; empty where none came. */
  readonly akCertificates: readonly Bytes[];
  /** JSON of the platform's own, exactly the bytes that the nonce is made over; empty on QEMU. */
  readonly instanceInfo: Bytes;
  readonly userData: Bytes;
}

/** TPM_ALG_SHA256, the one bank that Constellation compares. */
const SHA256 = 0x000b;

/** @throws EvidenceFormatError `part-malformed` */
export function readConstellationDocument(value: unknown): ConstellationDocument {
  const document = objectOf(value, 'document');
  const attestation = objectOf(document['Attestation'], 'Attestation');
  const quotes = listOf(attestation['quotes'], 'quotes').map((quote) => objectOf(quote, 'quotes'));
  const ofBank = quotes.filter((quote) => objectOf(quote['pcrs'], 'pcrs')['hash'] === SHA256);
  const [quote] = ofBank;
  // With two of them, two readers could take different ones.
  if (quote === undefined || ofBank.length !== 1) throw malformed('quotes over SHA-256', ofBank.length, 1);
  const eventLog = bytesOf(attestation['event_log'] ?? null, 'event_log');
  const intermediates = listOf(attestation['intermediate_certs'] ?? [], 'intermediate_certs');
  const certificates = [attestation['ak_cert'] ?? null, ...intermediates];
  return {
    akPub: bytesOf(attestation['ak_pub'], 'ak_pub'),
    quote: bytesOf(quote['quote'], 'quote'),
    signature: bytesOf(quote['raw_sig'], 'raw_sig'),
    pcrs: pcrsOf(objectOf(objectOf(quote['pcrs'], 'pcrs')['pcrs'], 'pcrs')),
    eventLog: eventLog.length === 0 ? null : eventLog,
    akCertificates: certificates
      .map((certificate) => bytesOf(certificate, 'ak_cert'))
      .filter(({ length }) => length > 0),
    instanceInfo: bytesOf(document['InstanceInfo'] ?? null, 'InstanceInfo'),
    userData: bytesOf(document['UserData'] ?? null, 'UserData'),
  };
}

function pcrsOf(values: JsonObject): Map<number, Bytes> {
  return new Map(
    Object.entries(values).map(([index, value]) => {
      if (!/^(?:\d|1\d|2[0-3])$/.test(index)) throw malformed('PCR index', index, '0 to 23');
      return [Number(index), bytesOf(value, `PCR ${index}`)];
    }),
  );
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(what, kindOf(value), 'an object');
}

/** Base64 with padding; Go writes null for no bytes. */
export function bytesOf(value: unknown, what: string): Bytes {
  if (value === null) return new Uint8Array();
  if (typeof value !== 'string') throw malformed(what, kindOf(value), 'base64');
  try {
    return fromBase64(value);
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw malformed(what, 'another text', 'base64', cause);
  }
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw malformed(what, kindOf(value), 'a list');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

function malformed(what: string, got: unknown, want: unknown, cause?: unknown): EvidenceFormatError {
  const message = `Constellation document: ${what}`;
  return new EvidenceFormatError('part-malformed', message, { got, want, cause });
}
