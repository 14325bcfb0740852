import {
  activatePolicy,
  createPolicy,
  createPool,
  createToken,
  listNodes,
  readNode,
  readPolicy,
  readPool,
  type Client,
  type CreatePolicy,
} from '@asterism/api-client';
import { concat, utf8 } from '@asterism/bytes';
import { mintedPolicy, mintGuest } from '@asterism/testkit';
import { processesUnder, startUp, type RunningUp } from '@asterism/testkit/up';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, need, sdkOf } from '../../api-e2e/src/sdk.ts';
import { TestMachine, type TestMachineOptions } from '../../api-e2e/src/test-machine.ts';
import { startBrowser, type Browser } from './browser.ts';
import { consoleOf, signIn } from './signed-in.ts';

let up: RunningUp;
let admin: Client;
let origin: string;
let browser: Browser;
let page: Page;
const machines: TestMachine[] = [];
const path = { cluster: 'local' };
const workers = { ...path, pool: 'workers' };

beforeAll(async () => {
  up = await startUp({ nodes: 2, console: true });
  admin = await adminOf(up);
  origin = consoleOf(up);
});
beforeEach(async () => {
  browser = await startBrowser({ origin });
  page = await browser.context.newPage();
  await signIn(page, origin, admin);
});
afterEach(async () => {
  await browser?.close();
  for (const machine of machines.splice(0)) await machine.dispose();
});
afterAll(() => up?.dispose());

async function boot(options: Omit<TestMachineOptions, 'data'>): Promise<TestMachine> {
  const machine = await TestMachine.create({ data: up.data, ...options });
  machines.push(machine);
  machine.startAgent();
  return machine;
}

async function workerName(): Promise<string> {
  const { items } = await need(
    listNodes({ client: admin, path, query: { pool: 'workers', state: 'member' } }),
  );
  const [node] = items;
  if (node === undefined) throw new Error('there is no worker');
  return node.name;
}

const nodeRow = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name }) });

describe('the cluster page', () => {
  it('shows every member, and a new one while it comes, without being loaded again', async () => {
    await page.goto(`${origin}/clusters/local`);
    for (const { name } of up.ready.nodes) await nodeRow(name).getByText('member').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate('window.stayed = true');

    const { node } = await (await boot({ name: 'newcomer' })).reaches('member');
    const row = nodeRow(node ?? '');
    await row.getByText('member').waitFor();
    await row.getByText('accepted').waitFor();
    await row.getByText('X25519MLKEM768').waitFor();
    expect(await page.evaluate('window.stayed')).toBe(true);
  });

  it('says when the stream is lost, and goes on where it was once it is back', async () => {
    await page.goto(`${origin}/clusters/local`);
    await page.getByText('Live', { exact: true }).waitFor();
    // Offline, so that it stays lost until the test has seen it; that alone does not end an open stream.
    await browser.context.setOffline(true);
    await endConsole();
    await page.getByText('Connection lost, trying again').waitFor();
    const { node } = await (await boot({ name: 'meanwhile' })).reaches('member');
    expect(await nodeRow(node ?? '').count()).toBe(0);
    await browser.context.setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
    await nodeRow(node ?? '')
      .getByText('member')
      .waitFor();
  });
});

/** Ends the console without a word; `up` starts it again. */
async function endConsole(): Promise<void> {
  const processes = await processesUnder(up.data);
  // The name that Next gives its process.
  const server = processes.find(({ command }) => command.startsWith('next-server'));
  if (server === undefined) throw new Error('the console does not run');
  process.kill(server.pid, 'SIGKILL');
}

describe('the node page', () => {
  it('shows identity, connection and every PCR as quoted and wanted', async () => {
    const name = await workerName();
    const node = await need(readNode({ client: admin, path: { ...path, node: name } }));
    await page.goto(`${origin}/clusters/local/nodes/${name}`);
    await page.getByText(node.identity).first().waitFor();
    await page.getByText('post-quantum hybrid').waitFor();
    await page.locator('[data-pcr="4"]').waitFor();
    const verdicts = await page
      .locator('[data-pcr]')
      .evaluateAll((rows) =>
        rows.map((row) => [row.getAttribute('data-pcr'), row.getAttribute('data-verdict')]),
      );
    expect(verdicts).toEqual(['4', '7', '8', '9', '11', '15'].map((pcr) => [pcr, 'match']));
    await page
      .getByRole('row', { name: /enrolment/ })
      .first()
      .waitFor();
  });

  it('attests on demand, and shows the result in the history', async () => {
    await page.goto(`${origin}/clusters/local/nodes/${await workerName()}`);
    await page.getByRole('button', { name: 'Attest now' }).click();
    await page
      .getByRole('row', { name: /asked by an operator/ })
      .first()
      .waitFor();
  });

  it('quarantines with a reason, revokes only with the name typed, and then offers nothing more', async () => {
    const { node: name = '' } = await (await boot({ name: 'short-lived' })).reaches('member');
    if (name === null) throw new Error('the machine has no node');
    await page.goto(`${origin}/clusters/local/nodes/${name}`);
    await page.getByRole('button', { name: 'Quarantine' }).click();
    const dialog = page.getByRole('dialog');
    const quarantine = dialog.getByRole('button', { name: 'Quarantine' });
    expect(await quarantine.isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('looks odd');
    await quarantine.click();
    await page.getByText('This node is quarantined').waitFor();
    await page.getByRole('button', { name: 'Release' }).waitFor();

    await page.getByRole('button', { name: 'Revoke' }).click();
    const revoke = dialog.getByRole('button', { name: 'Revoke for good' });
    await dialog.getByLabel('Reason').fill('is odd');
    await dialog.getByLabel(/to confirm/).fill(`${name}x`);
    expect(await revoke.isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill(name);
    await revoke.click();
    await page.getByText('This node is revoked').waitFor();
    expect(await need(readNode({ client: admin, path: { ...path, node: name } }))).toMatchObject({
      state: 'revoked',
    });
    for (const action of ['Release', 'Quarantine', 'Revoke', 'Attest now'])
      expect(await page.getByRole('button', { name: action }).count(), action).toBe(0);
  });

  it('S28 offers a viewer no action', async () => {
    const { secret } = await need(
      createToken({
        client: admin,
        body: { name: 'eve', bindings: [{ role: 'viewer', clusterId: null }], expiresIn: 3600 },
      }),
    );
    const viewer = await sdkOf(up.ready, secret);
    await signIn(page, origin, viewer);
    await page.goto(`${origin}/clusters/local/nodes/${await workerName()}`);
    await page.getByRole('link', { name: 'Verify in this browser' }).waitFor();
    await page.locator('[data-pcr="4"]').waitFor();
    for (const action of ['Attest now', 'Quarantine', 'Revoke'])
      expect(await page.getByRole('button', { name: action }).count(), action).toBe(0);
    expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    admin = await adminOf(up);
  });
});

describe('enrolments', () => {
  it('names the PCR and the event for which a machine was refused', async () => {
    await page.goto(`${origin}/clusters/local`);
    await (await boot({ name: 'one-byte', bundle: (agent) => concat(agent, utf8('\n')) })).reaches('refused');
    await page.getByText('A machine was refused within the last hour').waitFor();
    await page.getByRole('link', { name: 'Look' }).click();
    await page.getByRole('button', { name: 'Refused' }).click();
    const pcr = page.locator('[data-pcr="4"][data-verdict="mismatch"]');
    await pcr.getByText(/EV_IPL agent bundle: \d+ bytes/).waitFor();
  });

  it('S22 approves exactly the identity that was shown, and denies with a reason', async () => {
    await requireApproval();
    const approved = await boot({ name: 'to-approve' });
    await approved.reaches('waiting');
    await page.goto(`${origin}/clusters/local/enrolments`);
    await page.getByText('waits for approval').waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog');
    const shown = await dialog.locator('code').innerText();
    const sent = page.waitForRequest((request) => request.url().endsWith('/approve'));
    await dialog.getByRole('button', { name: 'Approve this identity' }).click();
    expect((await sent).postDataJSON()).toMatchObject({ identity: shown });
    const { node } = await approved.reaches('member');
    expect(await need(readNode({ client: admin, path: { ...path, node: node ?? '' } }))).toMatchObject({
      identity: shown,
      state: 'member',
    });

    await (await boot({ name: 'to-deny' })).reaches('waiting');
    await page.getByRole('button', { name: 'Deny' }).click();
    await dialog.getByLabel('Reason').fill('nobody knows it');
    await dialog.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('No machine waits').waitFor();
    await page.getByRole('button', { name: 'All' }).click();
    await page.getByText('nobody knows it').waitFor();
  });
});

describe('policies and audit', () => {
  it('tries a version on the nodes before a roll-back, and says who would be lost', async () => {
    const pool = await need(readPool({ client: admin, path: workers }));
    const { document } = await need(
      readPolicy({ client: admin, path: { ...workers, version: pool.activePolicyVersion ?? 1 } }),
    );
    const strange = structuredClone(document);
    if (strange.variant !== 'tpm') throw new Error(strange.variant);
    strange.tpm.pcrs['8'] = {
      mode: 'enforce',
      values: [{ digest: 'ee'.repeat(32), comment: 'another kernel' }],
    };
    const { version } = await need(
      createPolicy({ client: admin, path: workers, body: { document: strange, comment: 'another kernel' } }),
    );
    await page.goto(`${origin}/clusters/local/pools/workers`);
    const entry = page.locator(`[data-version="${version}"]`);
    await entry.getByRole('button', { name: 'Activate' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('would be refused').waitFor();
    await dialog
      .getByRole('row', { name: /tpm\.pcr\.8/ })
      .first()
      .waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await need(readPool({ client: admin, path: workers }))).activePolicyVersion).toBe(
      pool.activePolicyVersion,
    );
  });

  it('shows every part of a confidential pool’s policy, and tells any from a value', async () => {
    const pool = { ...path, pool: 'confidential' };
    const variant = 'azure-sev-snp';
    await need(
      createPool({
        client: admin,
        path,
        body: { name: pool.pool, role: 'worker', variant, description: '' },
      }),
    );
    const document = mintedPolicy(await mintGuest(variant)) as CreatePolicy['document'];
    await need(createPolicy({ client: admin, path: pool, body: { document, comment: 'as minted' } }));
    await page.goto(`${origin}/clusters/local/pools/confidential`);
    const [tpm, report] = ['TPM, sha256 bank', 'SEV-SNP report'].map((name) =>
      page.getByRole('region', { name }),
    );
    await tpm?.getByRole('row', { name: /^PCR 4 enforce 0{64} as minted$/ }).waitFor();
    await report?.getByRole('row', { name: /^launch measurement enforce (?:4d){48} as minted$/ }).waitFor();
    await report?.getByRole('row', { name: /^host data enforce any/ }).waitFor();
    await report?.getByText('reported TCB: any').waitFor();
  });

  it('verifies the audit chain', async () => {
    await page.goto(`${origin}/audit`);
    await page.getByRole('button', { name: 'Verify chain' }).click();
    await page.getByText(/The chain is whole: \d+ records/).waitFor();
    await page
      .getByRole('row', { name: /node\.revoked/ })
      .first()
      .waitFor();
  });
});

/** Activates the workers' policy with approval by an operator. */
async function requireApproval(): Promise<void> {
  const pool = await need(readPool({ client: admin, path: workers }));
  const active = await need(
    readPolicy({ client: admin, path: { ...workers, version: pool.activePolicyVersion ?? 1 } }),
  );
  const document = { ...active.document, approval: 'required' as const };
  const { version } = await need(createPolicy({ client: admin, path: workers, body: { document } }));
  await need(
    activatePolicy({
      client: admin,
      path: { ...workers, version },
      headers: { 'If-Match': `"${pool.revision}"` },
    }),
  );
}
