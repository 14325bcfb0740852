import { isNetworkFault } from '../network-fault.ts';
import { secondsOf, type ServiceFault } from '../service-fault.ts';
import { MirrorError, type MirrorErrorCode } from './mirror-error.ts';

const CODES: Readonly<Record<ServiceFault, MirrorErrorCode>> = {
  unreachable: 'mirror-unreachable',
  throttled: 'mirror-throttled',
  denied: 'mirror-denied',
  unknown: 'mirror-unknown',
  invalid: 'mirror-response-invalid',
};

/** Neither message nor cause of the client's error: both can repeat the request with its credentials. */
export function toMirrorError(
  error: unknown,
  fault: ServiceFault | undefined,
  retryAfter: unknown,
): MirrorError {
  if (error instanceof MirrorError) return error;
  const found = fault ?? (isNetworkFault(error) ? 'unreachable' : 'invalid');
  const seconds = secondsOf(retryAfter);
  const name = error instanceof Error ? error.name : 'no answer';
  return new MirrorError(CODES[found], `the storage did not do what it was asked: ${name}`, {
    ...(seconds === undefined ? {} : { retryAfter: seconds }),
  });
}
