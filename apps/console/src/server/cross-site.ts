/** Every request of a page of ours carries it. Another site's page cannot send it without a preflight, which nobody answers. */
export const CONSOLE_HEADER = 'x-asterism-console';

const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Why a request may not come from a page of ours; null where it does (S32). `SameSite=Strict` is not enough: to a browser
 * every port of a host is the same site.
 */
export function crossSiteReason(method: string, headers: Headers): string | null {
  if (headers.get(CONSOLE_HEADER) !== '1') return `the header ${CONSOLE_HEADER} is missing`;
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') return `the request is ${site}`;
  const origin = headers.get('origin');
  if (origin === null) return SAFE_METHODS.has(method) ? null : 'the request names no origin';
  return isOwnOrigin(origin, headers.get('host')) ? null : 'the request comes from another origin';
}

function isOwnOrigin(origin: string, host: string | null): boolean {
  return host !== null && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
