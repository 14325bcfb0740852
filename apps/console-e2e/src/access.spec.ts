import { createToken, listSshGrants, type Client } from '@asterism/api-client';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, need, sdkOf } from '../../api-e2e/src/sdk.ts';
import { startBrowser, type Browser } from './browser.ts';
import { consoleOf, signIn } from './signed-in.ts';

const run = promisify(execFile);

let up: RunningUp;
let admin: Client;
let origin: string;
let folder: string;
let publicKey: string;
let browser: Browser;
let page: Page;
const clients: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-access-'));
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice@laptop', '-f', join(folder, 'id')]);
  publicKey = (await readFile(join(folder, 'id.pub'), 'utf8')).trim();
  up = await startUp({ nodes: 1, console: true });
  admin = await adminOf(up);
  origin = consoleOf(up);
});
beforeEach(async () => {
  browser = await startBrowser({ origin });
  page = await browser.context.newPage();
  await signIn(page, origin, admin);
  await page.goto(`${origin}/clusters/local/access`);
});
afterEach(async () => {
  clients.splice(0).forEach((client) => client.kill('SIGKILL'));
  await browser?.close();
});
afterAll(async () => {
  await up?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const button = (name: string, on: Page = page) => on.getByRole('button', { name, exact: true });

/** Fills in what a grant is asked with. */
async function ask(principal: string, on: Page = page): Promise<void> {
  await button('Get a certificate', on).click();
  await on.getByLabel('Your public key').fill(publicKey);
  await on.getByLabel('Log in as').fill(principal);
  await on.getByLabel('Reason').fill('look at the logs');
  await button('Ask for it', on).click();
}

async function download(name: string, file: string): Promise<void> {
  const [saved] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
  await saved.saveAs(join(folder, file));
}

async function operator(name: string): Promise<Client> {
  const body = { name, bindings: [{ role: 'operator' as const, clusterId: null }], expiresIn: 3_600 };
  const { secret } = await need(createToken({ client: admin, body }));
  return sdkOf(up.ready, secret);
}

describe('SSH access of a cluster', () => {
  it('is declared, granted and taken along; the session is there at once, and ends with the grant', async () => {
    await button('Declare a user').click();
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Public keys').fill('ssh-ed25519 AAAA');
    await page.getByLabel('May be').fill('alice root');
    await button('Show what changes').click();
    await page.getByText('Not possible').waitFor();
    await page.getByLabel('Public keys').fill(publicKey);
    await button('Show what changes').click();
    await page.getByText('user alice is added').waitFor();
    await button('Declare it').click();
    await page.getByRole('row', { name: /alice alice, root all none 1/ }).waitFor();
    await page.getByRole('row', { name: /control-plane-.* in force 2 of 2/ }).waitFor();

    await ask('alice');
    await button('Make the certificate').click();
    await download('Certificate', 'id-cert.pub');
    await download('Known hosts', 'known_hosts_local');
    const { stdout } = await run('ssh-keygen', ['-L', '-f', join(folder, 'id-cert.pub')]);
    expect(stdout).toContain('user certificate');
    expect(stdout).toMatch(/Principals:\s+alice\s+alice@pool\.control-plane/);
    const command = await page.locator('li', { hasText: 'Log in' }).locator('code').last().textContent();
    await button('Close').first().click();

    // The line that the page shows, as it is.
    const client = spawn('sh', ['-c', `${command ?? ''} 'echo in; sleep 300'`], { cwd: folder });
    clients.push(client);
    const [said] = (await once(client.stdout, 'data')) as [Buffer];
    expect(said.toString().trim()).toBe('in');
    await page.getByRole('row', { name: /alice alice control-plane-.* 127\.0\.0\.1/ }).waitFor();

    await page
      .getByRole('row', { name: /alice alice pools .* active/ })
      .getByRole('button', { name: 'End' })
      .click();
    await page.getByLabel('Reason').fill('done');
    await button('End the grant').click();
    await once(client, 'exit');
    await page.getByText('Nobody is logged in').waitFor();
    await button('Show ended ones').click();
    await page.getByRole('row', { name: /alice .*\(ended\)/ }).waitFor();
    expect(browser.foreignRequests).toEqual([]);
  });

  it('has a second person approve root, whom the one who asked is not', async () => {
    await ask('root');
    await page.getByText('A second person has to approve it').waitFor();
    const waiting = need(
      listSshGrants({ client: admin, path: { cluster: 'local' }, query: { state: 'waiting' } }),
    );
    expect((await waiting).items).toHaveLength(1);

    const same = await browser.context.newPage();
    await same.goto(`${origin}/clusters/local/access`);
    await same
      .getByRole('row', { name: /alice root .* waiting/ })
      .getByRole('button', { name: 'Approve' })
      .click();
    await button('Approve this key', same).click();
    await same.getByText('whoever asked does not decide').waitFor();

    const other = await startBrowser({ origin });
    try {
      const second = await other.context.newPage();
      await signIn(second, origin, await operator('grace'));
      await second.goto(`${origin}/clusters/local/access`);
      await second
        .getByRole('row', { name: /alice root .* waiting/ })
        .getByRole('button', { name: 'Approve' })
        .click();
      await second.getByText('look at the logs').last().waitFor();
      await button('Approve this key', second).click();
      await second.getByRole('row', { name: /alice root .* active/ }).waitFor();
    } finally {
      await other.close();
    }
    await button('Make the certificate').waitFor();
  });

  it('S28 offers an accessor a certificate and nothing else, and S32 keeps nothing in the browser', async () => {
    const body = {
      name: 'eve',
      bindings: [{ role: 'accessor' as const, clusterId: null }],
      expiresIn: 3_600,
    };
    const { secret } = await need(createToken({ client: admin, body }));
    await signIn(page, origin, await sdkOf(up.ready, secret));
    await page.goto(`${origin}/clusters/local/access`);
    await page.getByRole('row', { name: /alice alice, root/ }).waitFor();
    await button('Get a certificate').waitFor();
    for (const name of [
      'Declare a user',
      'Change',
      'Remove',
      'Approve',
      'End',
      'Rotate user',
      'Revoke',
      'Revoke a key',
    ]) {
      expect(await button(name).count(), name).toBe(0);
    }
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(kept).toBe('{}');
  });
});
