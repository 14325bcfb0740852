/** Longest that an answer may put us off: a host's word is not to stop us for a day. */
const MOST_MILLISECONDS = 3_600_000;

/**
 * When to ask again by `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP date; undefined where it says neither.
 * A date in the past means now, and none puts us off for more than an hour.
 */
export function retryAfter(value: string | undefined, now: Date): Date | undefined {
  const milliseconds = delayOf(value?.trim() ?? '', now);
  if (milliseconds === undefined) return undefined;
  return new Date(now.getTime() + Math.min(Math.max(milliseconds, 0), MOST_MILLISECONDS));
}

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

function delayOf(value: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  if (!HTTP_DATE.test(value)) return undefined;
  const delay = Date.parse(value) - now.getTime();
  return Number.isNaN(delay) ? undefined : delay;
}
