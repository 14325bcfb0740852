import type { Problem } from '@asterism/contracts';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpsAnswer<Body> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Body;
}

interface Ask {
  readonly token?: string;
  readonly body?: unknown;
  readonly key?: string;
}

/** A connection of its own for each request: none is left over from a process that was killed. */
export async function send(
  url: string,
  route: string,
  { token, body, key }: Ask = {},
): Promise<IncomingMessage> {
  const [method, path] = route.split(' ', 2);
  const request = httpsRequest(`${url}${path}`, {
    method,
    agent: false,
    rejectUnauthorized: false,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

export async function ask<Body = Problem>(
  url: string,
  route: string,
  options: Ask = {},
): Promise<HttpsAnswer<Body>> {
  const response = await send(url, route, options);
  const text = await toText(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}

export async function toText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}
