import { CodedError } from '@asterism/bytes';

export type TeeDeviceErrorCode =
  /** No such interface: another kernel, another machine, or its driver is not loaded. */
  | 'unavailable'
  | 'access-denied'
  /** Somebody else writes to the same place again and again. */
  | 'busy'
  /** The kernel does not take what was asked for. */
  | 'request-refused'
  /** The device behind the interface failed. */
  | 'device-failed'
  /** More than the interface gives. */
  | 'too-large'
  | 'response-malformed'
  | 'provider-unexpected'
  /** The register did not take the extension as it should. */
  | 'register-unexpected'
  | 'unreachable'
  | 'timeout';

/** A TEE, its kernel interface or the cloud's metadata service did not give what it should. Nothing about trust. */
export class TeeDeviceError extends CodedError<TeeDeviceErrorCode> {
  readonly outcome = 'fault';
}

/** errno of `drivers/virt/coco/guest/report.c`, of its providers and of configfs. */
const CODE_OF = new Map<unknown, TeeDeviceErrorCode>([
  ['ENOENT', 'unavailable'],
  ['ENOTDIR', 'unavailable'],
  ['ENODEV', 'unavailable'],
  ['ENXIO', 'unavailable'], // no provider is registered
  ['EACCES', 'access-denied'],
  ['EPERM', 'access-denied'],
  ['EROFS', 'access-denied'],
  ['EBUSY', 'busy'],
  ['ETXTBSY', 'busy'], // one side of a binary attribute while the other is open
  ['EAGAIN', 'busy'],
  ['EINTR', 'busy'],
  ['EINVAL', 'request-refused'],
  ['EFBIG', 'too-large'],
  ['ETIMEDOUT', 'timeout'], // the host throttles
]);

/** What the system said about a file of the kernel. EIO and what is not listed (ENOTTY: the guest's key to the ASP is gone) are `device-failed`. */
export function fileFailed(doing: string, path: string, cause: unknown): TeeDeviceError {
  if (cause instanceof TeeDeviceError) return cause;
  const errno = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const code = CODE_OF.get(errno) ?? 'device-failed';
  return new TeeDeviceError(code, `cannot ${doing} ${path}: ${String(errno ?? cause)}`, {
    got: errno,
    cause,
  });
}
