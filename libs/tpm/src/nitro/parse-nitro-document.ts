import type { Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import { isCborArray, isCborMap, type CborMap, type CborValue } from './cbor/cbor.ts';
import { decodeCbor } from './cbor/decode-cbor.ts';
import { parseCoseSign1, type CoseSign1 } from './cose-sign1.ts';
import { PCR_FIELD, type NitroDocument, type NitroDocumentKind } from './nitro-document.ts';

declare const PARSED: unique symbol;

/** Structure only: nothing in it is trusted. Made by `parseNitroDocument`, so that `document` is what `sign1` holds. */
export interface ParsedNitroDocument {
  readonly [PARSED]: 'nitro-document';
  readonly sign1: CoseSign1;
  readonly document: NitroDocument;
}

/** The device that makes documents answers in 12 KiB at most (NSM_RESPONSE_MAX_SIZE). */
const MAX_DOCUMENT = 16 * 1024;
const MAX_MODULE_ID = 256;
const MAX_PCRS = 32;
const PCR_BYTES = 48;
const MAX_CERTIFICATE = 1024;
/** `user_data` of §2.2; §3.2.2.2 says 512 for two of the three fields, and who is right is not worth a refusal. */
const MAX_USER_DATA = 1024;
/** `verifyChain` follows no more than eight certificates. */
const MAX_CABUNDLE = 7;

/**
 * Stage 1: a COSE_Sign1 with an attestation document of AWS, of a Nitro Enclave or of a NitroTPM, within the bounds of
 * attestation_process.md §3.2.2. A field that AWS does not name, and both kinds of PCRs in one document, are refused.
 * @throws TpmFormatError
 */
export function parseNitroDocument(bytes: Uint8Array): ParsedNitroDocument {
  if (bytes.length > MAX_DOCUMENT) {
    throw new TpmFormatError('too-large', 'attestation document is too large', {
      got: bytes.length,
      want: MAX_DOCUMENT,
    });
  }
  const sign1 = parseCoseSign1(bytes);
  const parsed = { sign1, document: readDocument(sign1.payload) };
  return parsed as typeof parsed & { readonly [PARSED]: 'nitro-document' };
}

function readDocument(payload: Bytes): NitroDocument {
  const fields = decodeCbor(payload);
  if (!isCborMap(fields)) throw malformed('payload', undefined, 'a map');
  const kind: NitroDocumentKind = fields.has(PCR_FIELD['nitro-tpm']) ? 'nitro-tpm' : 'enclave';
  const known = [...COMMON_FIELDS, PCR_FIELD[kind]];
  const unknown = [...fields.keys()].filter((key) => !known.includes(String(key)));
  if (unknown.length > 0) throw malformed('fields', unknown, known);
  const optional = (name: string, least: number, most: number) =>
    (fields.get(name) ?? null) === null ? null : sized(fields, name, least, most);
  return {
    kind,
    moduleId: moduleId(fields),
    digest: digestName(fields),
    timestamp: timestamp(fields),
    pcrs: pcrs(fields, PCR_FIELD[kind]),
    certificate: sized(fields, 'certificate', 1, MAX_CERTIFICATE),
    cabundle: cabundle(fields),
    publicKey: optional('public_key', 1, MAX_USER_DATA),
    userData: optional('user_data', 0, MAX_USER_DATA),
    nonce: optional('nonce', 0, MAX_USER_DATA),
  };
}

const COMMON_FIELDS = [
  'module_id',
  'digest',
  'timestamp',
  'certificate',
  'cabundle',
  'public_key',
  'user_data',
  'nonce',
];

function moduleId(fields: CborMap): string {
  const value = fields.get('module_id');
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_MODULE_ID) {
    throw malformed('module_id', lengthOf(value), `a text of 1 to ${MAX_MODULE_ID} characters`);
  }
  return value;
}

function digestName(fields: CborMap): 'SHA384' {
  const value = fields.get('digest');
  if (value !== 'SHA384') throw malformed('digest', typeof value === 'string' ? value : undefined, 'SHA384');
  return value;
}

function timestamp(fields: CborMap): number {
  const value = fields.get('timestamp');
  if (typeof value !== 'number' || value <= 0) throw malformed('timestamp', undefined, 'a positive integer');
  return value;
}

function pcrs(fields: CborMap, name: string): ReadonlyMap<number, Bytes> {
  const map = fields.get(name);
  if (!isCborMap(map) || map.size === 0) throw malformed(name, undefined, 'a map that is not empty');
  const values = new Map<number, Bytes>();
  for (const [index, value] of map) {
    if (typeof index !== 'number' || index < 0 || index >= MAX_PCRS) {
      throw malformed(`${name} index`, index, `0 to ${MAX_PCRS - 1}`);
    }
    if (!(value instanceof Uint8Array) || value.length !== PCR_BYTES) {
      throw malformed(`${name} ${index}`, lengthOf(value), `a byte string of ${PCR_BYTES}`);
    }
    values.set(index, value);
  }
  return values;
}

function cabundle(fields: CborMap): readonly Bytes[] {
  const list = fields.get('cabundle');
  if (!isCborArray(list) || list.length === 0 || list.length > MAX_CABUNDLE) {
    throw malformed('cabundle', lengthOf(list), `1 to ${MAX_CABUNDLE} certificates`);
  }
  return list.map((value) => sizedBytes(value, 'cabundle', 1, MAX_CERTIFICATE));
}

function sized(fields: CborMap, name: string, least: number, most: number): Bytes {
  return sizedBytes(fields.get(name), name, least, most);
}

function sizedBytes(value: CborValue | undefined, name: string, least: number, most: number): Bytes {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most) {
    throw malformed(name, lengthOf(value), `a byte string of ${least} to ${most}`);
  }
  return value;
}

function lengthOf(value: CborValue | undefined): number | undefined {
  return typeof value === 'string' || value instanceof Uint8Array || isCborArray(value)
    ? value.length
    : undefined;
}

function malformed(what: string, got: unknown, want: unknown): TpmFormatError {
  return new TpmFormatError('malformed', `attestation document: ${what}`, { got, want });
}
