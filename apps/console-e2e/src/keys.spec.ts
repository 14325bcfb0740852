import {
  createRecoverySet,
  createToken,
  readKey,
  readRecovery,
  readSeal,
  type Client,
} from '@asterism/api-client';
import { makePeople, type Person } from '@asterism/testkit/recovery';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { Decrypter, armor } from 'age-encryption';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, need, sdkOf } from '../../api-e2e/src/sdk.ts';
import { restartUnderAnotherSeal } from './another-seal.ts';
import { startBrowser, type Browser } from './browser.ts';
import { consoleOf, signIn } from './signed-in.ts';

let up: RunningUp;
let admin: Client;
let origin: string;
let browser: Browser;
let page: Page;
const path = { cluster: 'local' };
const volume = { ...path, purpose: 'volume', key: 'pvc-7f0e2a51' } as const;

beforeAll(async () => {
  up = await startUp({ nodes: 1, console: true });
  admin = await adminOf(up);
  origin = consoleOf(up);
});
beforeEach(async () => {
  browser = await startBrowser({ origin });
  page = await browser.context.newPage();
  await signIn(page, origin, admin);
});
afterEach(() => browser?.close());
afterAll(() => up?.dispose());

const button = (name: string) => page.getByRole('button', { name, exact: true });
const version = (number: number) => page.locator(`[data-version="${number}"]`);

describe('the keys of a cluster', () => {
  it('declares a key, rotates it, and destroys a version only with its id typed again', async () => {
    await page.goto(`${origin}/clusters/local/keys`);
    await page.getByRole('row', { name: /state-disk .* active node control-plane-/ }).waitFor();
    await button('Declare a key').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Id').fill(volume.key);
    await dialog.getByLabel('Owner').selectOption({ label: 'the nodes of pool workers' });
    await dialog.getByRole('button', { name: 'Declare key' }).click();

    await page.getByRole('heading', { name: volume.key, level: 1 }).waitFor();
    await page.getByRole('link', { name: 'workers' }).waitFor();
    await version(1).getByText('active').waitFor();
    await button('Rotate').click();
    await dialog.getByRole('button', { name: 'Make the next version' }).click();
    await version(2).getByText('encrypts').waitFor();
    await version(1).getByText('retired').waitFor();

    await version(1).getByRole('button', { name: 'Destroy' }).click();
    const destroy = dialog.getByRole('button', { name: 'Destroy for good' });
    await dialog.getByLabel('Reason').fill('the volume is gone');
    await dialog.getByLabel(/to confirm/).fill('pvc-7f0e2a5');
    expect(await destroy.isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill(volume.key);
    await destroy.click();
    await version(1).getByText('destroyed').waitFor();
    expect(await version(1).getByRole('button').count()).toBe(0);
    const { current, versions } = await need(readKey({ client: admin, path: volume }));
    expect([current, versions.map(({ state }) => state)]).toEqual([2, ['active', 'destroyed']]);
  });

  it('S28 offers a viewer no action, and neither recovery nor seal', async () => {
    const bindings = [{ role: 'viewer' as const, clusterId: null }];
    const body = { name: 'eve', bindings, expiresIn: 3600 };
    const { secret } = await need(createToken({ client: admin, body }));
    await signIn(page, origin, await sdkOf(up.ready, secret));
    await page.goto(`${origin}/clusters/local/keys`);
    await page
      .getByRole('row', { name: /volume/ })
      .first()
      .waitFor();
    expect(await button('Declare a key').count()).toBe(0);
    await page.getByRole('link', { name: volume.key }).first().click();
    await version(2).waitFor();
    for (const action of ['Rotate', 'Retire', 'Destroy']) expect(await button(action).count()).toBe(0);
    for (const link of ['Recovery', 'Seal'])
      expect(await page.getByRole('link', { name: link }).count()).toBe(0);
    admin = await adminOf(up);
  });
});

describe('recovery', () => {
  let people: readonly Person[];
  /** Armored age files, in the order of the people. */
  let files: readonly string[];

  const submit = async (file: string, identity: string) => {
    await page.getByLabel('Share', { exact: true }).fill(file);
    await page.getByLabel('Your age key').fill(identity);
    await button('Submit share').click();
  };

  it('issues shares that only their people can read, once', async () => {
    people = await makePeople('Ada', 'Grace', 'Katherine');
    const superseded = await need(
      createRecoverySet({
        client: admin,
        body: {
          threshold: 2,
          recipients: people.map(({ name, recipient }) => ({ name, recipient })),
          reason: 'first issue',
        },
      }),
    );
    await page.goto(`${origin}/recovery`);
    await button('Issue shares anew').click();
    const dialog = page.getByRole('dialog');
    for (const [at, { name, recipient }] of people.entries()) {
      await dialog.getByLabel(`Name of person ${at + 1}`).fill(name);
      await dialog.getByLabel(`Recipient of person ${at + 1}`).fill(recipient);
    }
    await dialog.getByLabel('Reason').fill('new people');
    await dialog.getByRole('button', { name: 'Issue 3 shares' }).click();
    const saved: string[] = [];
    for (const { name } of people) {
      const download = page.waitForEvent('download');
      await dialog.getByRole('button', { name: `Save the share of ${name}` }).click();
      expect((await download).suggestedFilename()).toBe(
        `asterism-recovery-platform-${saved.length + 1}-${name.toLowerCase()}.age`,
      );
      saved.push(await readFile(await (await download).path(), 'utf8'));
      // A stray key or click closes nothing.
      await page.keyboard.press('Escape');
    }
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('superseded').waitFor();
    expect(await page.getByText('Save the share of').count()).toBe(0);
    for (const [at, { identity }] of people.entries()) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      const text = await decrypter.decrypt(armor.decode(saved[at] ?? ''), 'text');
      expect(JSON.parse(text)).toMatchObject({ index: at + 1, threshold: 2, scope: { kind: 'platform' } });
    }
    files = [...saved, superseded.shares[0]?.encrypted ?? ''];
  });

  it('S25 S32 unseals an API with shares opened in the browser, whose keys go nowhere', async () => {
    const [ada, grace] = people as [Person, Person];
    const [adas = '', graces = '', , superseded = ''] = files;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url(), request.postData() ?? ''));
    await page.goto(`${origin}/clusters/local`);
    await page.getByText('Live', { exact: true }).waitFor();
    await restartUnderAnotherSeal(up);
    await page.getByText('The API is sealed').waitFor({ timeout: 30_000 });
    await page.getByRole('main').getByRole('link', { name: 'Recovery' }).click();

    await submit(adas, grace.identity);
    await page.getByText('encrypted to somebody else').waitFor();
    expect(sent.some((text) => text.endsWith('/v1/recovery/shares'))).toBe(false);
    await submit(superseded, ada.identity);
    await page.getByText('recovery-share-superseded').waitFor();
    await submit(adas, ada.identity);
    await page.getByText('Taken: 1 of 2 shares are here').waitFor();
    await page.getByText('Ada (share 1)').waitFor();
    await submit(adas, ada.identity);
    await page.getByText('recovery-share-repeated').waitFor();
    expect(await need(readRecovery({ client: admin }))).toMatchObject({
      sealed: true,
      collecting: [{ received: [{ index: 1, name: 'Ada' }] }],
    });

    await submit(graces, grace.identity);
    await page.getByText('The API is sealed').waitFor({ state: 'detached' });
    await page.getByText('open', { exact: true }).waitFor();
    const seal = await need(readSeal({ client: admin }));
    expect(seal).toMatchObject({ sealed: false, configured: 'key-file' });
    const reachable = await page.evaluate<string>(`indexedDB.databases().then((databases) => JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, databases, document.documentElement.outerHTML,
    ]))`);
    for (const text of [...sent, reachable]) expect(text).not.toMatch(/AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]/);
    expect(browser.foreignRequests).toEqual([]);

    await page.goto(`${origin}/seal`);
    await page.getByText('key file', { exact: true }).waitFor();
    expect(seal.slots.map(({ binding }) => binding.kind).sort()).toContain('key-file');
  });
});
