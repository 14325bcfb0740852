import { CodedError } from '@asterism/bytes';

export type TpmDeviceErrorCode =
  | 'address-invalid'
  | 'path-too-long'
  | 'unreachable'
  | 'access-denied'
  | 'connection-lost'
  | 'timeout'
  | 'response-malformed'
  | 'program-missing'
  | 'setup-failed'
  | 'start-failed'
  | 'already-running'
  | 'control-failed';

/** The way to the TPM failed, or the software TPM could not be made, started or controlled. */
export class TpmDeviceError extends CodedError<TpmDeviceErrorCode> {
  readonly outcome = 'fault';
}

const CODE_OF = new Map<unknown, TpmDeviceErrorCode>([
  ['EACCES', 'access-denied'],
  ['EPERM', 'access-denied'],
]);

/** What the system said on opening a TPM. */
export function openFailed(where: string, cause: unknown): TpmDeviceError {
  const errno = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const code = CODE_OF.get(errno) ?? 'unreachable';
  return new TpmDeviceError(code, `cannot open the TPM at ${where}: ${String(errno ?? cause)}`, {
    got: errno,
    cause,
  });
}
