import type { AuditRecord, PlatformEvent } from '@asterism/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  startTestOperatorApi,
  type TestOperatorApi,
  type TestOperators,
} from '../testing/test-operator-api.ts';

interface Received<Data> {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Data;
}

class Reader<Data> {
  readonly #left = new AbortController();
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #buffer = '';

  private constructor(response: Response, left: AbortController) {
    if (response.body === null) throw new Error('no stream');
    this.#chunks = response.body[Symbol.asyncIterator]();
    this.#left = left;
  }

  static async open<Data>(
    on: Pick<TestOperators, 'open'>,
    route: string,
    options: { token?: string; after?: string } = {},
  ): Promise<Reader<Data>> {
    const left = new AbortController();
    const response = await on.open(route, {
      ...(options.token === undefined ? {} : { token: options.token }),
      headers: options.after === undefined ? {} : { 'last-event-id': options.after },
      signal: left.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = new Reader<Data>(response, left);
    readers.push(reader as Reader<unknown>);
    // The first line says that the stream is open: what is committed from here on comes.
    await reader.#fill((buffer) => buffer.includes(': open\n\n'));
    return reader;
  }

  /** Undefined when the server has ended the stream. */
  async next(): Promise<Received<Data> | undefined> {
    const open = await this.#fill((buffer) => /(^|\n)data: .*\n\n/.test(buffer));
    if (!open) return undefined;
    const [block = '', ...rest] = this.#buffer
      .split('\n\n')
      .filter((part, index, all) => index === all.length - 1 || !part.startsWith(':'));
    this.#buffer = rest.join('\n\n');
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    return { id: field('id'), event: field('event'), data: JSON.parse(field('data') ?? '') as Data };
  }

  async #fill(enough: (buffer: string) => boolean): Promise<boolean> {
    while (!enough(this.#buffer)) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      this.#buffer += this.#decoder.decode(value, { stream: true });
    }
    return true;
  }

  close(): void {
    this.#left.abort();
  }
}

const readers: Reader<unknown>[] = [];

describe('streams', () => {
  let api: TestOperatorApi;
  let names = 0;
  beforeAll(async () => {
    api = await startTestOperatorApi();
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });
  afterAll(() => api.stop());

  const pool = async (cluster = 'production') => {
    const name = `pool-${++names}`;
    const body = { name, role: 'worker', variant: 'tpm', description: '' };
    expect((await api.ask(`POST /v1/clusters/${cluster}/pools`, { body })).status).toBe(201);
    return name;
  };
  const nameOf = (received: Received<PlatformEvent> | undefined) => received?.data.data['name'];

  it('bring what is committed on any replica, in order', async () => {
    const replica = await api.replica();
    const here = await Reader.open<PlatformEvent>(api, 'GET /v1/events');
    const there = await Reader.open<PlatformEvent>(replica, 'GET /v1/events', { token: api.admin.secret });
    const made = [await pool(), await pool('staging'), await pool()];
    for (const reader of [here, there]) {
      const got = [await reader.next(), await reader.next(), await reader.next()];
      expect(got.map(nameOf)).toEqual(made);
      expect(got.map((received) => received?.event)).toEqual(Array(3).fill('pool.created'));
      const ids = got.map((received) => Number(received?.id));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
  });

  it('go on after Last-Event-ID without a gap and without a repeat', async () => {
    const first = await Reader.open<PlatformEvent>(api, 'GET /v1/events');
    const seen = await pool();
    const last = await first.next();
    expect(nameOf(last)).toBe(seen);
    first.close();
    const missed = [await pool(), await pool()];
    const second = await Reader.open<PlatformEvent>(api, 'GET /v1/events', { after: last?.id ?? '' });
    expect([nameOf(await second.next()), nameOf(await second.next())]).toEqual(missed);
    const live = await pool();
    expect(nameOf(await second.next())).toBe(live);
  });

  it.each(['x', '-1', '1.5', '9'.repeat(16)])('refuse Last-Event-ID %j', async (after) => {
    const response = await api.open('GET /v1/events', { headers: { 'last-event-id': after } });
    expect(response.status).toBe(400);
  });

  it('S33 show a tenant the events of his clusters only', async () => {
    const { staging, production } = api.clusters;
    const tenant = (await api.token([{ role: 'viewer', clusterId: staging.cluster.id }])).secret;
    const all = await Reader.open<PlatformEvent>(api, 'GET /v1/events', { token: tenant, after: '0' });
    await pool('production');
    const made = await pool('staging');
    const clusters = new Set<string | null | undefined>();
    for (let got = await all.next(); ; got = await all.next()) {
      clusters.add(got?.data.clusterId);
      if (nameOf(got) === made) break;
    }
    expect(clusters).toEqual(new Set([staging.cluster.id]));
    expect(clusters.has(production.cluster.id)).toBe(false);
  });

  it('of one cluster bring nothing of another', async () => {
    const reader = await Reader.open<PlatformEvent>(api, 'GET /v1/clusters/production/events');
    await pool('staging');
    const made = await pool('production');
    expect(nameOf(await reader.next())).toBe(made);
  });

  it('of the audit log bring each record with its sequence', async () => {
    const reader = await Reader.open<AuditRecord>(api, 'GET /v1/audit/stream');
    await pool();
    const received = await reader.next();
    expect(received).toMatchObject({ event: 'audit', data: { action: 'pool.created' } });
    expect(received?.id).toBe(String(received?.data.sequence));
  });

  it('S29 end when the token is revoked', { timeout: 20_000 }, async () => {
    const { id, secret } = await api.token([{ role: 'viewer', clusterId: null }]);
    const reader = await Reader.open<PlatformEvent>(api, 'GET /v1/events', { token: secret });
    expect((await api.ask(`POST /v1/tokens/${id}/revoke`)).status).toBe(200);
    const started = performance.now();
    expect(await reader.next()).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(12_000);
  });

  it('end when the process stops', async () => {
    const stopping = await startTestOperatorApi();
    const response = await stopping.open('GET /v1/events');
    const ended = response.text();
    await stopping.stop();
    expect(await ended).toContain(': open');
  });

  it('are as many as a principal may hold, and one more when one has ended', async () => {
    const { secret } = await api.token([{ role: 'viewer', clusterId: null }]);
    const other = await api.token([{ role: 'viewer', clusterId: null }]);
    const held: Reader<PlatformEvent>[] = [];
    for (let n = 0; n < 32; n++) held.push(await Reader.open(api, 'GET /v1/events', { token: secret }));
    const refused = await api.open('GET /v1/events', { token: secret });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    await Reader.open(api, 'GET /v1/events', { token: other.secret });
    held[0]?.close();
    const openAgain = async () => {
      const left = new AbortController();
      const { status } = await api.open('GET /v1/events', { token: secret, signal: left.signal });
      left.abort();
      return status;
    };
    await expect.poll(openAgain).toBe(200);
  });

  it('are counted while they are open', async () => {
    const count = async () =>
      Number(/asterism_streams\{kind="events"\} (\d+)/.exec((await api.ask('GET /metrics')).text)?.[1] ?? 0);
    await expect.poll(count).toBe(0);
    const reader = await Reader.open<PlatformEvent>(api, 'GET /v1/events');
    expect(await count()).toBe(1);
    reader.close();
    await expect.poll(count).toBe(0);
  });
});
