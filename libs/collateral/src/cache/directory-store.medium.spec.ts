import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollateralNeed } from '@asterism/attestation';
import { MINT_AT, mintSnp, type MintedSnpMachine } from '@asterism/testkit';
import { MockVendor, publishAmd, TestClock } from '@asterism/testkit/collateral';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCollateral } from '../open-collateral.ts';
import { amdKds } from '../vendors/kds.ts';
import { DirectoryStore } from './directory-store.ts';

let machine: MintedSnpMachine;
let vendor: MockVendor;
let folder: string;
const agent = new Agent();
beforeAll(async () => {
  [machine, vendor] = await Promise.all([mintSnp(), MockVendor.start()]);
  await publishAmd(vendor, machine.pki);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-collateral-'));
});
afterEach(async () => {
  vendor.requests.length = 0;
  await rm(folder, { recursive: true });
});
afterAll(async () => {
  await agent.destroy();
  await vendor[Symbol.asyncDispose]();
});

const CHAIN: CollateralNeed = { kind: 'amd-chain', product: 'Milan', key: 'VCEK' };
const CRL: CollateralNeed = { kind: 'amd-crl', product: 'Milan', key: 'VCEK' };
const files = async () => (await readdir(folder)).map((name) => join(folder, name));

/** A process of its own: nothing but the folder outlives it. */
async function start(at = MINT_AT) {
  const store = await DirectoryStore.open(folder);
  const failed: unknown[] = [];
  const { source } = openCollateral({
    vendors: [amdKds(vendor.base)],
    roots: { amd: machine.roots, intel: [] },
    stores: [store],
    dispatcher: agent,
    observer: {
      met: () => undefined,
      failed: () => undefined,
      storeFailed: (error) => failed.push(error),
    },
    clock: new TestClock(at),
    random: () => 0.5,
  });
  const collect = () => source.collect([CHAIN, CRL], { withinMilliseconds: 10_000 });
  return { collect, failed };
}

describe('a folder of collateral', () => {
  it('outlives the process', async () => {
    expect((await (await start()).collect()).missing).toEqual([]);
    expect(vendor.requests).toHaveLength(2);
    const { collect } = await start();
    expect((await collect()).missing).toEqual([]);
    expect(vendor.requests).toHaveLength(2);
  });

  it('S15 has nothing once it has expired', async () => {
    await (await start()).collect();
    const late = new Date('2026-06-20T00:00:00Z');
    const { missing } = await (await start(late)).collect();
    expect(missing.map(({ need }) => need.kind)).toEqual(['amd-crl']);
    expect(vendor.count('/vcek/v1/Milan/crl')).toBe(2);
  });

  it('keeps files from other users, and leaves none half written', async () => {
    await (await start()).collect();
    const all = await files();
    expect(all).toHaveLength(2);
    for (const path of all) expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it.each<[string, (text: string) => string]>([
    ['cut', (text) => text.slice(0, -20)],
    ['empty', () => ''],
    ['of another layout', () => '{"kind":"amd-crl"}'],
    ['edited', (text) => text.replace(/"content":"..../, '"content":"AAAA')],
    ['with a key that is none', (text) => text.replace('Milan/VCEK', 'Milan/../VCEK')],
  ])('a file that is %s counts as none, and is fetched and written anew', async (_, edit) => {
    await (await start()).collect();
    const all = await files();
    for (const path of all) await writeFile(path, edit(await readFile(path, 'utf8')));
    const { collect, failed } = await start();
    expect((await collect()).missing).toEqual([]);
    expect(vendor.requests).toHaveLength(4);
    expect(failed).toEqual([]);
    vendor.requests.length = 0;
    await (await start()).collect();
    expect(vendor.requests).toEqual([]);
  });

  it("a file under another's name is no answer", async () => {
    await (await start()).collect();
    const [chain = '', crl = ''] = (await files()).toSorted();
    await writeFile(crl, await readFile(chain));
    await (await start()).collect();
    expect(vendor.count('/vcek/v1/Milan/crl')).toBe(2);
  });

  it('that cannot be written does not keep collateral from being used', async () => {
    const { collect, failed } = await start();
    await rm(folder, { recursive: true });
    expect((await collect()).missing).toEqual([]);
    expect(failed.length).toBeGreaterThan(0);
    await DirectoryStore.open(folder);
  });
});
