import { KekError, type KekErrorCode } from '@asterism/keys';

/** PKCS #11 v2.40, §5.1: CKR_* that are told apart here. */
export const CKR = {
  ok: 0x0,
  sessionClosed: 0xb0,
  sessionHandleInvalid: 0xb3,
  userNotLoggedIn: 0x101,
  cryptokiNotInitialized: 0x190,
  cryptokiAlreadyInitialized: 0x191,
  deviceError: 0x30,
  deviceRemoved: 0x32,
  tokenNotPresent: 0xe0,
  keyFunctionNotPermitted: 0x68,
} as const;

const CODES: ReadonlyMap<number, KekErrorCode> = new Map([
  [0x03, 'kek-unreachable'], // SLOT_ID_INVALID
  [0x05, 'kek-unreachable'], // GENERAL_ERROR
  [0x06, 'kek-unreachable'], // FUNCTION_FAILED
  [0x30, 'kek-unreachable'], // DEVICE_ERROR
  [0x31, 'kek-throttled'], // DEVICE_MEMORY
  [0x32, 'kek-unreachable'], // DEVICE_REMOVED
  [0x40, 'kek-ciphertext-wrong'], // ENCRYPTED_DATA_INVALID
  [0x41, 'kek-ciphertext-wrong'], // ENCRYPTED_DATA_LEN_RANGE
  [0x60, 'kek-unknown'], // KEY_HANDLE_INVALID
  [0x62, 'kek-disabled'], // KEY_SIZE_RANGE
  [0x63, 'kek-disabled'], // KEY_TYPE_INCONSISTENT
  [0x68, 'kek-disabled'], // KEY_FUNCTION_NOT_PERMITTED
  [0x70, 'kek-disabled'], // MECHANISM_INVALID
  [0x82, 'kek-unknown'], // OBJECT_HANDLE_INVALID
  [0xa0, 'kek-denied'], // PIN_INCORRECT
  [0xa1, 'kek-denied'], // PIN_INVALID
  [0xa2, 'kek-denied'], // PIN_LEN_RANGE
  [0xa3, 'kek-denied'], // PIN_EXPIRED
  [0xa4, 'kek-denied'], // PIN_LOCKED
  [0xb1, 'kek-throttled'], // SESSION_COUNT
  [0xe0, 'kek-unreachable'], // TOKEN_NOT_PRESENT
  [0xe1, 'kek-unreachable'], // TOKEN_NOT_RECOGNIZED
  [0x190, 'kek-unreachable'], // CRYPTOKI_NOT_INITIALIZED
]);

/** A call that did not return CKR_OK. */
export class Pkcs11ReturnValue extends Error {
  readonly value: number;

  constructor(call: string, value: number) {
    super(`${call} returned 0x${value.toString(16)}`);
    this.value = value;
  }
}

export function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  if (error instanceof Pkcs11ReturnValue) {
    return new KekError(CODES.get(error.value) ?? 'kek-response-invalid', `PKCS#11: ${error.message}`);
  }
  return new KekError('kek-response-invalid', 'PKCS#11: the module cannot be called', { cause: error });
}
