import type { NodeAccessState } from '@asterism/contracts';
import { flushLeftovers, Tpm } from '@asterism/tpm';
import {
  createSoftwareTpm,
  openTpmUnixSocket,
  startSoftwareTpm,
  type SoftwareTpm,
} from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bootSeal } from '../machine/boot-seal.ts';
import { Turns } from '../turns.ts';
import { AccessCache, type CachedAccess } from './access-cache.ts';

const id = '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11';
const state: NodeAccessState = {
  ...{ revision: 7, cluster: { id, name: 'local' }, node: { id, name: 'workers-1' } },
  ...{ issuedAt: '2026-11-25T08:00:00.000Z', validUntil: '2026-11-26T08:00:00.000Z' },
  ...{
    authorities: [],
    revocationList: 'AAAA',
    places: ['pool.workers'],
    accounts: [],
    sessions: 'until-logout',
  },
};
const CACHED: CachedAccess = { state, hostCertificates: ['ssh-ed25519-cert-v01@openssh.com AAAA'] };

let folder: string;
const machines: SoftwareTpm[] = [];
const opened: Tpm[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-cache-'));
  const certificateAuthority = { directory: join(folder, 'authority') };
  for (const name of ['own', 'other']) {
    await createSoftwareTpm({ directory: join(folder, name), certificateAuthority });
    machines.push(await startSoftwareTpm({ directory: join(folder, name) }));
  }
});
afterEach(async () => {
  for (const tpm of opened.splice(0)) await tpm.close();
});
afterAll(async () => {
  for (const machine of machines) await machine.stop();
  await rm(folder, { recursive: true, force: true });
});

async function tpmOf(machine: number): Promise<Tpm> {
  const tpm = new Tpm(await openTpmUnixSocket(machines[machine]?.dataSocket ?? ''));
  opened.push(tpm);
  await flushLeftovers(tpm);
  return tpm;
}

/** Of an agent that has just started on a machine. */
async function cacheOn(machine: number): Promise<AccessCache> {
  const tpm = await tpmOf(machine);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  return new AccessCache({ file: join(folder, 'cache.json'), seal: bootSeal(tpm, new Turns()), random });
}

async function closeAll(): Promise<void> {
  for (const tpm of opened.splice(0)) await tpm.close();
}

async function written(): Promise<Record<string, string>> {
  await rm(join(folder, 'cache.json'), { force: true });
  const cache = await cacheOn(0);
  expect(await cache.read()).toBeNull();
  await cache.write(CACHED);
  await closeAll();
  return JSON.parse(await readFile(join(folder, 'cache.json'), 'utf8')) as Record<string, string>;
}

describe('remembered access', () => {
  it('is there for the next agent, and for the machine after a reboot and its lock', async () => {
    await written();
    const next = await cacheOn(0);
    expect(await next.read()).toEqual(CACHED);
    // With the key that it had; another nonce each time.
    const before = await readFile(join(folder, 'cache.json'), 'utf8');
    await next.write(CACHED);
    expect(await readFile(join(folder, 'cache.json'), 'utf8')).not.toBe(before);
    await closeAll();
    await machines[0]?.reboot();
    const tpm = await tpmOf(0);
    await tpm.pcrExtend(15, new Map([['sha256', new Uint8Array(randomBytes(32))]]));
    await closeAll();
    expect(await (await cacheOn(0)).read()).toEqual(CACHED);
  });

  it('has nothing in the clear', async () => {
    const text = JSON.stringify(await written());
    for (const word of ['workers', 'local', 'cert-v01']) expect(text).not.toContain(word);
  });

  it.each(['sealedKey', 'nonce', 'content'])('does not open where %s was altered', async (field) => {
    const file = await written();
    const bytes = Buffer.from(file[field] ?? '', 'base64url');
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    await writeFile(
      join(folder, 'cache.json'),
      JSON.stringify({ ...file, [field]: bytes.toString('base64url') }),
    );
    await expect((await cacheOn(0)).read()).rejects.toThrow();
  });

  it('does not open on another machine', async () => {
    await written();
    await expect((await cacheOn(1)).read()).rejects.toMatchObject({ code: 'seal-wrong' });
  });

  it('does not open where something else was booted', async () => {
    await written();
    await machines[0]?.reboot();
    const tpm = await tpmOf(0);
    await tpm.pcrExtend(4, new Map([['sha256', new Uint8Array(randomBytes(32))]]));
    await closeAll();
    await expect((await cacheOn(0)).read()).rejects.toMatchObject({ code: 'seal-wrong' });
    await closeAll();
    await machines[0]?.reboot();
  });
});
