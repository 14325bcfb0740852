/** What goes wrong with any service behind HTTP, whatever it keeps. */
export type ServiceFault = 'unreachable' | 'throttled' | 'denied' | 'unknown' | 'invalid';

const STATUS: Readonly<Record<number, ServiceFault>> = {
  401: 'denied',
  403: 'denied',
  404: 'unknown',
  408: 'unreachable',
  429: 'throttled',
};

/** Undefined where the status means something else with each service. */
export function faultOfStatus(status: number | undefined): ServiceFault | undefined {
  if (status === undefined) return undefined;
  return STATUS[status] ?? (status >= 500 ? 'unreachable' : undefined);
}

const LONGEST_SECONDS = 60;

/** Seconds of `Retry-After`; a service does not put us off for longer than a minute, nor by a date. */
export function secondsOf(retryAfter: unknown): number | undefined {
  const seconds = typeof retryAfter === 'string' && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : 0;
  return seconds > 0 ? Math.min(seconds, LONGEST_SECONDS) : undefined;
}
