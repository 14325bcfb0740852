/** `node tools/docs/screenshots.ts`: starts a real `up` and takes the pictures of docs/images from its console. */
import { listNodes } from '@asterism/api-client';
import { concat, utf8 } from '@asterism/bytes';
import { startUp } from '@asterism/testkit/up';
import { join } from 'node:path';
import { adminOf, need } from '../../apps/api-e2e/src/sdk.ts';
import { TestMachine } from '../../apps/api-e2e/src/test-machine.ts';
import { startBrowser } from '../../apps/console-e2e/src/browser.ts';
import { consoleOf, signIn } from '../../apps/console-e2e/src/signed-in.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images');

const up = await startUp({ nodes: 3, console: true });
const differs = await TestMachine.create({
  data: up.data,
  name: 'differs',
  bundle: (agent) => concat(agent, utf8('\n')),
});
const origin = consoleOf(up);
const browser = await startBrowser({ origin, width: 1280, height: 860 });
try {
  const admin = await adminOf(up);
  differs.startAgent();
  await differs.reaches('refused');
  const page = await browser.context.newPage();
  await page.emulateMedia({ colorScheme: 'light' });
  await signIn(page, origin, admin);
  const shoot = async (name: string) => {
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  };
  const { items } = await need(listNodes({ client: admin, path: { cluster: 'local' } }));
  const node = items.find(({ role }) => role === 'worker')?.name ?? '';
  await page.goto(`${origin}/clusters/local`);
  await page.getByText(node).first().waitFor();
  await shoot('cluster');
  await page.goto(`${origin}/clusters/local/nodes/${node}`);
  await page.getByRole('link', { name: 'Verify in this browser' }).waitFor();
  await shoot('node');
  await page.getByRole('link', { name: 'Verify in this browser' }).click();
  await page.getByRole('button', { name: 'Verify now' }).click();
  await page.getByLabel('Verdict').waitFor();
  await shoot('verify-in-browser');
  await page.goto(`${origin}/clusters/local/enrolments`);
  await page.getByRole('button', { name: 'Refused' }).click();
  await page.locator('[data-pcr="4"][data-verdict="mismatch"]').waitFor();
  await shoot('refused');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${origin}/clusters/local`);
  await page.getByText(node).first().waitFor();
  await shoot('cluster-dark');
} finally {
  await browser.close();
  await differs.dispose();
  await up.dispose();
}
