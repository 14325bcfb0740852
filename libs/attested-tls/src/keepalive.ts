import type { ClientHttp2Session } from 'node:http2';
import { AttestedTlsError } from './errors.ts';

export interface Keepalive {
  /** Milliseconds between pings. */
  readonly interval: number;
  /** Milliseconds to wait for the answer before the peer counts as dead. */
  readonly timeout: number;
}

/** Pings the peer and destroys the session, and all its streams, when an answer stays out. */
export function keepAlive(session: ClientHttp2Session, { interval, timeout }: Keepalive): void {
  let deadline: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (deadline !== undefined || session.destroyed) return;
    deadline = setTimeout(() => {
      session.destroy(new AttestedTlsError('peer-silent', 'the API does not answer pings'));
    }, timeout);
    session.ping((error) => {
      if (error) return;
      clearTimeout(deadline);
      deadline = undefined;
    });
  }, interval);
  session.once('close', () => {
    clearInterval(timer);
    clearTimeout(deadline);
  });
}
