import { KekError, type KekErrorCode } from '@asterism/keys';
import { childOf, enumeration, integer, structure, TTLV, type TtlvItem } from './ttlv.ts';

/** KMIP 1.4 and 2.0, §9.1.3.1: tags that are written or read here. */
export const TAG = {
  attribute: 0x420008,
  attributeName: 0x42000a,
  attributeValue: 0x42000b,
  batchCount: 0x42000d,
  batchItem: 0x42000f,
  blockCipherMode: 0x420011,
  cryptographicAlgorithm: 0x420028,
  cryptographicParameters: 0x42002b,
  ivCounterNonce: 0x42003d,
  operation: 0x42005c,
  protocolVersion: 0x420069,
  protocolVersionMajor: 0x42006a,
  protocolVersionMinor: 0x42006b,
  requestHeader: 0x420077,
  requestMessage: 0x420078,
  requestPayload: 0x420079,
  responseMessage: 0x42007b,
  responsePayload: 0x42007c,
  resultReason: 0x42007e,
  resultStatus: 0x42007f,
  state: 0x42008d,
  uniqueIdentifier: 0x420094,
  data: 0x4200c2,
  tagLength: 0x4200ce,
  additionalData: 0x4200fe,
  authenticationTag: 0x4200ff,
  attributes: 0x420125,
} as const;

export const OPERATION = { getAttributes: 0x0b, encrypt: 0x1f, decrypt: 0x20 } as const;

export function requestMessage(version: string, operation: number, payload: readonly TtlvItem[]): TtlvItem {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return structure(
    TAG.requestMessage,
    structure(
      TAG.requestHeader,
      structure(
        TAG.protocolVersion,
        integer(TAG.protocolVersionMajor, major),
        integer(TAG.protocolVersionMinor, minor),
      ),
      integer(TAG.batchCount, 1),
    ),
    structure(
      TAG.batchItem,
      enumeration(TAG.operation, operation),
      structure(TAG.requestPayload, ...payload),
    ),
  );
}

/** §9.1.3.2.28: Result Reason. */
const REASONS: ReadonlyMap<number, KekErrorCode> = new Map([
  [0x01, 'kek-unknown'], // Item Not Found
  [0x03, 'kek-denied'], // Authentication Not Successful
  [0x0a, 'kek-ciphertext-wrong'], // Cryptographic Failure
  [0x0c, 'kek-denied'], // Permission Denied
  [0x0d, 'kek-disabled'], // Object Archived
  [0x2a, 'kek-unreachable'], // Internal Server Error
  [0x36, 'kek-disabled'], // Object Destroyed
  [0x37, 'kek-unknown'], // Object Not Found
  [0x39, 'kek-denied'], // Not Authorised
  [0x3a, 'kek-throttled'], // Server Limit Exceeded
  [0x43, 'kek-disabled'], // Wrong Key Lifecycle State
  [0x44, 'kek-unreachable'], // Protection Storage Unavailable
  [0x100, 'kek-unreachable'], // General Failure
]);
const GENERAL_FAILURE = 0x100;

/** A result that is no success; `reason` says which where the code alone does not. */
export class KmipFailure extends KekError {
  readonly reason: number;

  constructor(reason: number) {
    const code = REASONS.get(reason) ?? 'kek-response-invalid';
    super(code, `KMIP: result reason 0x${reason.toString(16)}`);
    this.reason = reason;
  }

  /** The server says no more than that it did not work. */
  get isUnclear(): boolean {
    return this.reason === GENERAL_FAILURE;
  }
}

/** The payload of the one answer to `operation`. @throws KmipFailure, KekError `kek-response-invalid` */
export function responsePayload(message: TtlvItem, operation: number): TtlvItem {
  const item = message.tag === TAG.responseMessage ? childOf(message, TAG.batchItem) : undefined;
  const status = numberIn(item, TAG.resultStatus);
  if (item === undefined || status === undefined) throw invalid('no result');
  if (status !== 0) throw new KmipFailure(numberIn(item, TAG.resultReason) ?? GENERAL_FAILURE);
  const answered = numberIn(item, TAG.operation);
  if (answered !== operation) throw invalid('the answer is to another operation');
  const payload = childOf(item, TAG.responsePayload);
  if (payload === undefined) throw invalid('no payload');
  return payload;
}

export function bytesIn(item: TtlvItem, tag: number): Uint8Array {
  const child = childOf(item, tag);
  if (child?.type !== TTLV.bytes) throw invalid(`no bytes 0x${tag.toString(16)}`);
  return child.value as Uint8Array;
}

export function textIn(item: TtlvItem, tag: number): string | undefined {
  const child = childOf(item, tag);
  return child?.type === TTLV.text ? (child.value as string) : undefined;
}

/** §4: State of a managed object, as 1.x names it among attributes or 2.0 has it as an item. */
export function stateIn(payload: TtlvItem): number | undefined {
  const direct = numberIn(childOf(payload, TAG.attributes), TAG.state);
  if (direct !== undefined) return direct;
  const attributes = (payload.value as readonly TtlvItem[]).filter(({ tag }) => tag === TAG.attribute);
  const state = attributes.find((attribute) => textIn(attribute, TAG.attributeName) === 'State');
  return numberIn(state, TAG.attributeValue);
}

function numberIn(item: TtlvItem | undefined, tag: number): number | undefined {
  const child = childOf(item, tag);
  return typeof child?.value === 'number' ? child.value : undefined;
}

function invalid(message: string): KekError {
  return new KekError('kek-response-invalid', `KMIP: ${message}`);
}
