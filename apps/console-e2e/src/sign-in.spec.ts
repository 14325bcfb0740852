import { listClusters, readSession, type Client } from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import type { Page } from 'playwright-core';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, need, sdkOf } from '../../api-e2e/src/sdk.ts';
import { startBrowser, type Browser } from './browser.ts';
import { consoleOf, signIn, signInLink } from './signed-in.ts';

let up: RunningUp;
let admin: Client;
let origin: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  up = await startUp({ nodes: 1, console: true });
  admin = await adminOf(up);
  origin = consoleOf(up);
});
beforeEach(async () => {
  browser = await startBrowser({ origin });
  page = await browser.context.newPage();
});
afterEach(() => browser?.close());
afterAll(() => up?.dispose());

async function sessionSecret(): Promise<string> {
  const cookies = await browser.context.cookies();
  const session = cookies.find(({ name }) => name.startsWith('asterism-session'));
  if (session === undefined) throw new Error('there is no session cookie');
  return session.value;
}

describe('signing in', () => {
  it('works with the link that up prints, and the code leaves the address bar', async () => {
    const link = /\S+\/sign-in#code=\S+/.exec(up.output())?.[0] ?? '';
    await page.goto(link);
    await page.getByRole('link', { name: 'local', exact: true }).waitFor();
    expect(page.url()).toBe(`${origin}/clusters`);
    await page.goBack().catch(() => null);
    expect(page.url()).not.toContain('code=');
  });

  it('works once: the second use of a link is refused and signs nobody in', async () => {
    const link = await signInLink(origin, admin);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
    const second = await startBrowser({ origin });
    try {
      const other = await second.context.newPage();
      await other.goto(link);
      await other.getByText('This code does not work').waitFor();
      expect(other.url()).toBe(`${origin}/sign-in`);
      expect(await second.context.cookies()).toEqual([]);
      await other.goto(`${origin}/clusters`);
      expect(other.url()).toBe(`${origin}/sign-in`);
    } finally {
      await second.close();
    }
  });

  it('refuses an unknown code, and takes a link that is pasted instead', async () => {
    await page.goto(`${origin}/sign-in#code=asterism_code_${'A'.repeat(43)}`);
    await page.getByText('This code does not work').waitFor();
    await page.getByLabel('Sign-in link or code').fill(await signInLink(origin, admin));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
  });

  it('ends at the API, not only in the browser, when somebody signs out', async () => {
    await signIn(page, origin, admin);
    const session = await sdkOf(up.ready, await sessionSecret());
    expect((await readSession({ client: session })).response?.status).toBe(200);
    await page.getByRole('button', { name: /admin/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Sign-in link or code').waitFor();
    expect(await browser.context.cookies()).toEqual([]);
    expect((await readSession({ client: session })).response?.status).toBe(401);
    admin = await adminOf(up);
  });
});

describe('the console as a target', () => {
  it('S32 keeps the session where no script reaches it', async () => {
    await signIn(page, origin, admin);
    await page.goto(`${origin}/clusters/local`);
    await page.getByRole('heading', { name: 'Nodes' }).waitFor();
    const cookies = await browser.context.cookies();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookies[0]?.expires).toBeGreaterThan(Date.now() / 1000);

    const secret = await sessionSecret();
    const reachable = await page.evaluate<string>(`indexedDB.databases().then((databases) => JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, databases,
      document.cookie, window.location.href, document.documentElement.outerHTML,
    ]))`);
    expect(reachable).toContain('Nodes');
    expect(reachable).not.toContain(secret);
    expect(reachable).not.toMatch(/asterism_(session|code)_/);
  });

  it('S32 sends every page with a policy of its own, and asks nobody else for anything', async () => {
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) violations.push(message.text());
    });
    await signIn(page, origin, admin);
    const nonces = new Set<string>();
    const paths = ['/clusters', '/clusters/local', '/clusters/local/enrolments', '/clusters/local/keys'];
    for (const path of [...paths, '/recovery', '/seal', '/audit', '/sign-in']) {
      const response = await page.goto(`${origin}${path}`);
      const policy = (await response?.headerValue('content-security-policy')) ?? '';
      expect(policy, path).toMatch(/script-src 'self' 'nonce-[^']{20,}';/);
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toMatch(/unsafe|https?:|\*/);
      nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
      await page.waitForLoadState('load');
    }
    expect(nonces.size).toBe(8);
    expect(violations).toEqual([]);
    expect(browser.foreignRequests).toEqual([]);
  });

  it('S32 runs no script that was slipped into a page', async () => {
    await signIn(page, origin, admin);
    const slip = (target: Page) =>
      target.evaluate(`new Promise((resolve) => {
        document.body.insertAdjacentHTML('beforeend', '<img src="/nowhere" onerror="window.byHandler = true">');
        const script = document.createElement('script');
        script.textContent = 'window.byElement = true';
        document.body.append(script);
        setTimeout(() => resolve([window.byHandler ?? false, window.byElement ?? false]), 300);
      })`);
    expect(await slip(page)).toEqual([false, false]);
    // The premise: where no policy forbids it, both run.
    await page.goto('about:blank');
    expect(await slip(page)).toEqual([true, true]);
  });

  it('S32 does nothing for a page of another site, though the browser sends the cookie', async () => {
    await signIn(page, origin, admin);
    const cookies: string[] = [];
    const evil = await startEvilSite(`${origin}/api/v1/clusters`, cookies);
    try {
      const sent = browser.context.waitForEvent('requestfailed', (request) =>
        request.url().startsWith(`${origin}/api/`),
      );
      await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      await sent;
      // The premise: every port of a host is one site to a cookie, so the strict one comes along.
      expect(cookies.join()).toContain(await sessionSecret());
      const clusters = await need(listClusters({ client: admin }));
      expect(clusters.items.map(({ name }) => name)).toEqual(['local']);
    } finally {
      evil.close();
    }
  });

  it('S32 refuses at the server what a page of another origin sends, and does it for its own', async () => {
    await signIn(page, origin, admin);
    const cookie = `asterism-session-${new URL(origin).port}=${await sessionSecret()}`;
    const create = (name: string, headers: Record<string, string>) =>
      fetch(`${origin}/api/v1/clusters`, {
        method: 'POST',
        headers: {
          cookie,
          origin,
          'content-type': 'application/json',
          'x-asterism-console': '1',
          ...headers,
        },
        body: JSON.stringify({ name, description: '', kubernetesMode: 'none' }),
      }).then(({ status }) => status);
    expect(await create('evil', { origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await create('evil', { 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await create('evil', { 'x-asterism-console': '' })).toBe(403);
    expect(await create('own', {})).toBe(201);
    const { items } = await need(listClusters({ client: admin }));
    expect(items.map(({ name }) => name).sort()).toEqual(['local', 'own']);
  });

  it('S32 cannot be framed', async () => {
    await signIn(page, origin, admin);
    const framing = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${origin}/clusters"></iframe>`);
    });
    await new Promise<void>((resolve) => framing.listen(0, '127.0.0.1', resolve));
    try {
      await page.goto(`http://127.0.0.1:${(framing.address() as AddressInfo).port}/`);
      await page.waitForTimeout(500);
      const [frame] = page.frames().filter((each) => each !== page.mainFrame());
      expect((await frame?.content()) ?? '').not.toContain('Clusters');
    } finally {
      framing.close();
    }
  });
});

/** A page on another port of the same host that tries to make a cluster; it notes the cookies that it is sent. */
async function startEvilSite(target: string, cookies: string[]): Promise<Server> {
  const body = JSON.stringify({ name: 'evil', description: '', kubernetesMode: 'none' });
  const server = createServer((request, response) => {
    cookies.push(request.headers.cookie ?? '');
    response.setHeader('content-type', 'text/html');
    response.end(`<script>
      fetch(${JSON.stringify(target)}, {
        method: 'POST', mode: 'no-cors', credentials: 'include', body: ${JSON.stringify(body)},
      });
    </script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
