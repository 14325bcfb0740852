import { KekError, type KekErrorCode } from '@asterism/keys';
import { secondsOf, type ServiceFault } from './service-fault.ts';

const CODES: Readonly<Record<ServiceFault, KekErrorCode>> = {
  unreachable: 'kek-unreachable',
  throttled: 'kek-throttled',
  denied: 'kek-denied',
  unknown: 'kek-unknown',
  invalid: 'kek-response-invalid',
};

/**
 * What a key service answered, as the port says it: `code` where the service has a word of its own for it, else the fault.
 * The client's message and the error itself stay behind: both can repeat the request, with the key that was in it.
 */
export function serviceError(
  message: string,
  { code, fault, retryAfter }: { code?: KekErrorCode | undefined; fault: ServiceFault; retryAfter?: unknown },
): KekError {
  const seconds = secondsOf(retryAfter);
  return new KekError(code ?? CODES[fault], message, seconds === undefined ? {} : { retryAfter: seconds });
}
