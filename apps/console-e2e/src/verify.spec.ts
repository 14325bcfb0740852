import { listNodes, readPolicy, readPool, type Client } from '@asterism/api-client';
import { toBase64url } from '@asterism/bytes';
import type { TpmEvidence } from '@asterism/contracts';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { createSelfSigned, toPem } from '@asterism/x509';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, need } from '../../api-e2e/src/sdk.ts';
import { startAlteringProxy, type AlteringProxy } from './altering-proxy.ts';
import { startBrowser, type Browser } from './browser.ts';
import { startOwnConsole, type OwnConsole } from './own-console.ts';
import { consoleOf, signIn } from './signed-in.ts';

let up: RunningUp;
let admin: Client;
let node: string;

beforeAll(async () => {
  up = await startUp({ nodes: 1, console: true });
  admin = await adminOf(up);
  const { items } = await need(listNodes({ client: admin, path: { cluster: 'local' } }));
  node = items[0]?.name ?? '';
});
afterAll(() => up?.dispose());

async function verify(page: Page, origin: string) {
  await page.goto(`${origin}/clusters/local/nodes/${node}`);
  await page.getByRole('link', { name: 'Verify in this browser' }).click();
  return page;
}

/** Presses the button and reads the verdict and the state of each stage. */
async function run(page: Page) {
  await page.getByRole('button', { name: 'Verify now' }).click();
  const verdict = page.getByLabel('Verdict');
  await verdict.waitFor();
  const stages = await page
    .locator('[data-stage]')
    .evaluateAll((all) =>
      all.map((each): [string, string] => [
        each.getAttribute('data-stage') ?? '',
        each.getAttribute('data-state') ?? '',
      ]),
    );
  return {
    headline: await verdict.getByRole('heading').innerText(),
    here: await verdict.getAttribute('data-verdict'),
    server: await verdict.getAttribute('data-server'),
    stages: Object.fromEntries(stages),
  };
}

describe('Verify in this browser', () => {
  let browser: Browser;
  let page: Page;
  beforeEach(async () => {
    browser = await startBrowser({ origin: consoleOf(up) });
    page = await browser.context.newPage();
    await signIn(page, consoleOf(up), admin);
  });
  afterEach(() => browser?.close());

  it('accepts a member, by every stage, on a nonce and a credential of its own', async () => {
    await verify(page, consoleOf(up));
    const asked = page.waitForRequest((request) => request.url().endsWith('/verifications'));
    const first = await run(page);
    expect(first).toEqual({
      headline: 'This browser accepts the node',
      here: 'accepted',
      server: 'accepted',
      stages: {
        Nonce: 'passed',
        Credential: 'passed',
        Parsed: 'passed',
        Genuine: 'passed',
        Appraised: 'passed',
        'Signed result': 'passed',
      },
    });
    const body = (await asked).postDataJSON() as { nonce: string; activation: object };
    expect(body.activation).toBeDefined();
    const again = page.waitForRequest((request) => request.url().endsWith('/verifications'));
    await page.getByRole('button', { name: 'Verify again' }).click();
    expect(((await again).postDataJSON() as { nonce: string }).nonce).not.toBe(body.nonce);
    expect(browser.foreignRequests).toEqual([]);
  });

  it('appraises by a policy of one’s own, and says that the server said otherwise', async () => {
    const path = { cluster: 'local', pool: 'control-plane' };
    const { activePolicyVersion } = await need(readPool({ client: admin, path }));
    const { document } = await need(
      readPolicy({ client: admin, path: { ...path, version: activePolicyVersion ?? 1 } }),
    );
    const own = structuredClone(document);
    if (own.variant !== 'tpm') throw new Error(own.variant);
    own.tpm.pcrs['4'] = {
      mode: 'enforce',
      values: [{ digest: 'ee'.repeat(32), comment: 'the image I built' }],
    };
    await verify(page, consoleOf(up));
    await page.getByLabel('A policy of your own').check();
    expect(await page.getByRole('button', { name: 'Verify now' }).isDisabled()).toBe(true);
    await page.getByLabel('Policy document').fill(JSON.stringify(own));
    const { headline, stages } = await run(page);
    expect(headline).toBe('This browser refuses; the server said accepted');
    expect(stages).toMatchObject({ Genuine: 'passed', Appraised: 'failed' });
    await page.locator('[data-pcr="4"][data-verdict="mismatch"]').getByText('ee'.repeat(32)).waitFor();
  });

  it('refuses a cluster that is not the one that the user knows', async () => {
    await verify(page, consoleOf(up));
    await page.getByRole('textbox', { name: 'Cluster’s measured identity' }).fill('00'.repeat(32));
    expect(await run(page)).toMatchObject({
      headline: 'This browser refuses; the server said accepted',
      stages: { Genuine: 'failed', Appraised: 'not-reached' },
    });
  });
});

describe('a console of one’s own behind somebody who alters what the API says', () => {
  let folder: string;
  let proxy: AlteringProxy;
  let own: OwnConsole;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-proxy-'));
    const { key, certificate } = await selfSigned();
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, certificate);
    proxy = await startAlteringProxy({
      apiUrl: up.ready.apiUrl,
      apiCaFile: up.ready.caFile,
      key,
      certificate,
      alter: (path, body) => (path.endsWith('/verifications') ? withOtherPcr(body) : body),
    });
    own = await startOwnConsole({ apiUrl: proxy.url, caFile, tokenFile: up.ready.tokenFile });
    browser = await startBrowser({ origin: own.origin });
  });
  afterAll(async () => {
    await browser?.close();
    await own?.stop();
    await proxy?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('says refused where the server’s verdict says accepted', async () => {
    const page = await browser.context.newPage();
    await page.goto(own.signInUrl);
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
    const answered = page.waitForResponse((response) => response.url().endsWith('/verifications'));
    await verify(page, own.origin);
    const result = await run(page);
    expect(await (await answered).json()).toMatchObject({ appraisal: { outcome: 'accepted' } });
    expect(proxy.altered()).toBe(1);
    expect(result).toMatchObject({
      headline: 'This browser refuses; the server said accepted',
      here: 'refused',
      server: 'accepted',
      stages: { Parsed: 'passed', Genuine: 'failed', Appraised: 'not-reached' },
    });
    await page.locator('[data-finding]').first().waitFor();
  });
});

/** The quote stays; beside it, PCR 4 is said to be something else. */
function withOtherPcr(body: unknown): unknown {
  const answer = structuredClone(body) as { evidence?: TpmEvidence };
  if (answer.evidence !== undefined) {
    answer.evidence.parts.pcrs['4'] = toBase64url(new Uint8Array(32).fill(9));
  }
  return answer;
}

async function selfSigned(): Promise<{ readonly key: string; readonly certificate: string }> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await createSelfSigned({
    subject: [['CN', 'altering proxy']],
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    subjectAltNames: [{ type: 'ip', value: '127.0.0.1' }],
    keys,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { key: toPem(pkcs8, 'PRIVATE KEY'), certificate: toPem(certificate.der) };
}
