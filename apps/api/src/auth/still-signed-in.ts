import { tokens } from '@asterism/persistence';
import type { Platform } from '../platform/platform.ts';
import type { Caller } from './caller.ts';

const CHECK_MS = 5_000;

/**
 * Aborts when the caller's token expires or is revoked: a stream does not outlive the right to it.
 * @param ended aborts when the stream is over, which ends the watching
 */
export function stillSignedIn(platform: Platform, caller: Caller, ended: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const timer = setInterval(() => {
    tokens.find(platform.database.queries, caller.principal.id).then(
      (token) => {
        if (
          token === undefined ||
          token.revokedAt !== null ||
          new Date(token.expiresAt) <= platform.clock()
        ) {
          gone.abort();
        }
      },
      (error: unknown) => platform.logger.warn({ err: error }, 'cannot check a token of a stream'),
    );
  }, CHECK_MS);
  const stop = () => clearInterval(timer);
  ended.addEventListener('abort', stop, { once: true });
  gone.signal.addEventListener('abort', stop, { once: true });
  if (ended.aborted) stop();
  return gone.signal;
}
