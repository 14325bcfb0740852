import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockVendor } from '@asterism/testkit/collateral';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { vendorDispatcher, type ProxySettings } from './dispatcher.ts';
import { vendorGet } from './vendor-get.ts';

const NONE: ProxySettings = { https: undefined, http: undefined, none: undefined };

let vendor: MockVendor;
let proxy: Server;
let proxyUrl: string;
/** Whom the proxy was asked for. It lets nobody through. */
const asked: string[] = [];
beforeAll(async () => {
  vendor = (await MockVendor.start()).publish('/page', { body: 'from the vendor' });
  proxy = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://none').host);
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => {
  asked.length = 0;
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await new Promise((resolve) => proxy.close(resolve));
});

async function get(settings: ProxySettings, url = new URL('page', vendor.base)) {
  const dispatcher = vendorDispatcher(settings);
  try {
    const order = { url, mostBytes: 100, signal: AbortSignal.timeout(5_000), now: new Date() };
    return Buffer.from((await vendorGet(dispatcher, order)).body).toString();
  } finally {
    await dispatcher.destroy();
  }
}

describe('the way to the vendors', () => {
  it('goes through the proxy that is configured, for each kind of address', async () => {
    await expect(get({ ...NONE, http: proxyUrl })).rejects.toMatchObject({ code: 'collateral-unavailable' });
    const secure = new URL('https://vendor.invalid/page');
    await expect(get({ ...NONE, https: proxyUrl }, secure)).rejects.toMatchObject({
      code: 'collateral-unavailable',
    });
    expect(asked).toEqual([vendor.base.host, 'vendor.invalid:443']);
  });

  it('goes past it to hosts that need none', async () => {
    expect(await get({ ...NONE, http: proxyUrl, none: '127.0.0.1' })).toBe('from the vendor');
    expect(asked).toEqual([]);
  });

  it('heeds no variable of the process that was not read by its configuration', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl);
    vi.stubEnv('http_proxy', proxyUrl);
    expect(await get(NONE)).toBe('from the vendor');
    expect(asked).toEqual([]);
  });
});
