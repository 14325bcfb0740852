import { createClient, type Client } from '@asterism/api-client';
import type { Ready, RunningUp } from '@asterism/testkit/up';
import { readFile } from 'node:fs/promises';
import { Agent, setGlobalDispatcher } from 'undici';

/**
 * A client of the generated SDK as any program would make it: Node's own `fetch`, told to trust the authority of this
 * `up` and no other.
 */
export async function sdkOf(ready: Ready, token: string): Promise<Client> {
  const ca = await readFile(ready.caFile, 'utf8');
  setGlobalDispatcher(new Agent({ connect: { ca }, bodyTimeout: 0 }));
  return createClient({ baseUrl: ready.apiUrl, headers: { authorization: `Bearer ${token}` } });
}

export async function adminOf(up: RunningUp): Promise<Client> {
  return sdkOf(up.ready, await up.token());
}

interface Answer<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

/** The data of a call that has to succeed. */
export async function need<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (data === undefined) {
    throw new Error(`the API answered ${response?.status ?? 'nothing'}: ${JSON.stringify(error)}`);
  }
  return data;
}
