import { Agent, fetch, type RequestInit } from 'undici';
import { readEnvironment } from '../environment.ts';
import { stopping } from './stopping.ts';

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly signal: AbortSignal;
}

/** Asks the API; rejects where it does not answer. */
export type Upstream = (request: UpstreamRequest) => Promise<Response>;

const ANSWER_DEADLINE_MS = 60_000;
/** The API's streams say every 15 s that they are alive. */
const SILENCE_DEADLINE_MS = 45_000;

/** The API of the environment, over TLS 1.3 with the authority that it names. */
export function connectUpstream(): Upstream {
  const { api, ca } = readEnvironment();
  const dispatcher = new Agent({
    connect: { minVersion: 'TLSv1.3', ...(ca === null ? {} : { ca }) },
    headersTimeout: ANSWER_DEADLINE_MS,
    bodyTimeout: SILENCE_DEADLINE_MS,
  });
  return async ({ method, path, headers, body, signal }) => {
    const options: RequestInit = {
      method,
      headers,
      redirect: 'manual',
      dispatcher,
      signal: AbortSignal.any([signal, stopping]),
      ...(body === null ? {} : { body, duplex: 'half' }),
    };
    return (await fetch(`${api}${path}`, options)) as unknown as Response;
  };
}
