import { expect, it } from 'vitest';
import { wipeRemnants } from './wipe-remnants.ts';

it('takes bounded memory and time for the longest answer that is read', async () => {
  const before = process.resourceUsage().maxRSS;
  const began = performance.now();
  await wipeRemnants(1024 * 1024);
  expect(performance.now() - began).toBeLessThan(1_000);
  const kibibytes = process.resourceUsage().maxRSS - before;
  expect(kibibytes).toBeLessThan(64 * 1_024);
});
