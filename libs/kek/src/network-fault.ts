const CODES =
  /^(?:E(?:CONN\w+|HOST\w+|NET\w+|PIPE|AI_AGAIN|NOTFOUND|TIMEDOUT|PROTO|SOCKET\w*)|UND_ERR_\w+|ERR_(?:TLS|SSL|HTTP2|STREAM|SOCKET)_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HPE_\w+)$/;
const DEEPEST = 8;

/**
 * Whether an error says that the way to a service failed, and not what the service answered. Clients wrap what the
 * system said in errors of their own, several deep.
 */
export function isNetworkFault(error: unknown): boolean {
  let at: unknown = error;
  for (let depth = 0; depth < DEEPEST && typeof at === 'object' && at !== null; depth += 1) {
    const { code, name, message } = at as { code?: unknown; name?: unknown; message?: unknown };
    if (typeof code === 'string' && CODES.test(code)) return true;
    if (name === 'AbortError' || name === 'TimeoutError') return true;
    if (typeof message === 'string' && /socket hang up|other side closed|premature close/i.test(message))
      return true;
    at = (at as { cause?: unknown }).cause;
  }
  return false;
}
