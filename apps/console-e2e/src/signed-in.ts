import { createSignInLink, type Client } from '@asterism/api-client';
import type { RunningUp } from '@asterism/testkit/up';
import type { Page } from 'playwright-core';
import { need } from '../../api-e2e/src/sdk.ts';

/** Address of the console of an `up`. */
export function consoleOf(up: RunningUp): string {
  const { consoleUrl } = up.ready;
  if (consoleUrl === null) throw new Error('this up was started without a console');
  return consoleUrl;
}

/** A fresh one-time link, as `up` prints one. */
export async function signInLink(origin: string, client: Client): Promise<string> {
  const { code } = await need(createSignInLink({ client }));
  return `${origin}/sign-in#code=${code}`;
}

/** Signs the page in with the rights of the client's token and waits for the clusters. */
export async function signIn(page: Page, origin: string, client: Client): Promise<void> {
  await page.goto(await signInLink(origin, client));
  await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
}
