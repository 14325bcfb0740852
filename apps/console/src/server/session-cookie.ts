const SECURE_NAME = '__Host-asterism-session';
const SECRET = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{8,512}$/;

/**
 * Cookies are shared by all ports of a host, so that two consoles on one machine would sign each other out: without
 * TLS the name carries the port. With TLS it is bound to the host by its prefix (RFC 6265bis §4.1.3.2).
 */
function cookieName(host: string | null, secure: boolean): string {
  return secure ? SECURE_NAME : `asterism-session-${host?.match(/:(\d+)$/)?.[1] ?? '80'}`;
}

/** The session's secret, which no script of a page can read; null where there is none. */
export function readSessionCookie(headers: Headers): string | null {
  const cookies = new Map(
    (headers.get('cookie') ?? '').split(/;\s*/).map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  const host = headers.get('host');
  const secret = cookies.get(cookieName(host, true)) ?? cookies.get(cookieName(host, false));
  return secret !== undefined && SECRET.test(secret) ? secret : null;
}

/** @param secure the page came over https, as its `Origin` says */
export function toSessionCookie(
  secret: string,
  options: { readonly host: string | null; readonly secure: boolean; readonly expiresAt: Date },
): string {
  if (!SECRET.test(secret)) throw new TypeError('the session secret does not fit into a cookie');
  const { host, secure, expiresAt } = options;
  return write(cookieName(host, secure), secret, secure, expiresAt);
}

/** Makes the browser forget the session, under either name. */
export function toExpiredCookies(host: string | null): readonly string[] {
  const past = new Date(0);
  return [write(cookieName(host, false), '', false, past), write(cookieName(host, true), '', true, past)];
}

function write(name: string, value: string, secure: boolean, expires: Date): string {
  const attributes = ['Path=/', `Expires=${expires.toUTCString()}`, 'HttpOnly', 'SameSite=Strict'];
  return [`${name}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
}
