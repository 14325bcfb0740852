import {
  acceptRollback,
  activatePolicy,
  createPolicy,
  createPool,
  listAudit,
  listStateDisks,
  readPolicy,
  readPool,
  rotateKey,
  type Client,
} from '@asterism/api-client';
import { toHex } from '@asterism/bytes';
import { startUp, type RunningUp } from '@asterism/testkit/up';
import { copyFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATE } from './guest/addresses.ts';
import { GuestNode } from './guest/guest-node.ts';
import { adminOf, need } from './sdk.ts';
import { TestMachine } from './test-machine.ts';
import { until } from './until.ts';

const MIB = 1024 * 1024;
/** What a LUKS2 header and its keyslots take. */
const HEADER_BYTES = 16 * MIB;
const path = { cluster: 'local' };
const guests = { ...path, pool: 'guests' };
const DISK = 'guest-state';

let up: RunningUp;
let admin: Client;
let node: GuestNode;

beforeAll(async () => {
  up = await startUp({ nodes: 1 });
  admin = await adminOf(up);
  node = await GuestNode.create({
    data: up.data,
    nodeUrl: up.ready.nodeUrl,
    pool: 'guests',
    stateDiskId: DISK,
  });
  await makePool();
});
afterAll(async () => {
  await node?.dispose();
  await up?.dispose();
});

/** A pool that accepts what the guest boots, and otherwise what the pool of `up`'s workers does. */
async function makePool(): Promise<void> {
  await need(createPool({ client: admin, path, body: { name: 'guests', role: 'worker', variant: 'tpm' } }));
  const workers = { ...path, pool: 'workers' };
  const { activePolicyVersion } = await need(readPool({ client: admin, path: workers }));
  const active = await need(
    readPolicy({ client: admin, path: { ...workers, version: activePolicyVersion ?? 1 } }),
  );
  const { document } = active;
  if (document.variant !== 'tpm') throw new Error(document.variant);
  const pcrs = Object.fromEntries(
    [...node.launch.expectedPcrs].map(([pcr, digest]) => [
      String(pcr),
      { mode: 'enforce' as const, values: [{ digest: toHex(digest), comment: 'guest' }] },
    ]),
  );
  const body = { document: { ...document, tpm: { ...document.tpm, pcrs } } };
  const { version } = await need(createPolicy({ client: admin, path: guests, body }));
  const { revision } = await need(readPool({ client: admin, path: guests }));
  const headers = { 'If-Match': `"${revision}"` };
  await need(activatePolicy({ client: admin, path: { ...guests, version }, headers }));
}

async function disk() {
  const { items } = await need(listStateDisks({ client: admin, path }));
  const found = items.find(({ id }) => id === DISK);
  if (found === undefined) throw new Error('the API knows no such disk');
  return found;
}

const read = async (file: string): Promise<string> =>
  String(await node.guest.call('run', ['sha256sum', `${STATE}/${file}`])).slice(0, 64);
const write = (file: string, length: number) =>
  node.guest.call('write', { file: `${STATE}/${file}`, text: 'known text ', length });

describe('a node with a disk of its own', () => {
  let older: string;
  let written: string;
  let name: string | null;

  it('joins, and its data lies on an encrypted disk with integrity', async () => {
    await node.boot();
    const status = await node.becomesMember();
    name = status.node;
    await write('data', MIB);
    written = await read('data');
    expect(String(await node.guest.call('run', ['findmnt', '-no', 'SOURCE,FSTYPE', STATE]))).toMatch(
      /^\/dev\/mapper\/asterism-state\s+ext4/,
    );
    const table = String(await node.guest.call('run', ['dmsetup', 'table', 'asterism-state']));
    expect(table).toContain('authenc(hmac(sha256),xts(aes))');
    expect((await readFile(node.disk)).includes('known text known text')).toBe(false);
    expect(await disk()).toMatchObject({ epoch: 1, keyVersion: 1, fault: null });
  });

  it('S34 keeps it open when its agent is killed: the next one finds it and needs no key', async () => {
    await node.guest.call('endAgent', 'SIGKILL');
    expect(await read('data')).toBe(written);
    await node.guest.call('startAgent');
    await node.becomesMember();
    expect(await read('data')).toBe(written);
    expect((await disk()).epoch).toBe(1);
  });

  it('S34 finds its data when its power went and came back, as the same node, under a new key', async () => {
    await node.powerOff();
    await need(rotateKey({ client: admin, path: { ...path, purpose: 'state-disk', key: DISK } }));
    await node.boot();
    const status = await node.becomesMember();
    expect(status.node).toBe(name);
    expect(await read('data')).toBe(written);
    expect(await disk()).toMatchObject({ epoch: 2, keyVersion: 2, nextKeyVersion: null });
  });

  it('opens an epoch later each time', async () => {
    await node.powerOff();
    older = join(node.folder, 'older.img');
    await copyFile(node.disk, older);
    await node.boot();
    await node.becomesMember();
    expect(await disk()).toMatchObject({ epoch: 3, fault: null });
  });

  it('S18 gives its key to no other machine, though it is attested, and records who asked', async () => {
    // Its disk is called as the guest's is.
    const other = await TestMachine.create({ data: up.data, name: 'guest' });
    try {
      other.startAgent();
      const { reason } = await other.reaches('refused');
      expect(reason).toMatch(/^state-disk-not-owned/);
      const { items } = await need(listAudit({ client: admin }));
      expect(
        items.some(
          ({ action, details }) =>
            /refused/.test(action) && JSON.stringify(details).includes('state-disk-not-owned'),
        ),
      ).toBe(true);
    } finally {
      await other.dispose();
    }
  });

  it('has an I/O error where the host changed its disk, and the operator hears of it', async () => {
    await write('large', 16 * MIB);
    await using image = await open(node.disk, 'r+');
    const byte = new Uint8Array(1);
    for (let at = HEADER_BYTES + 2 * MIB; at < 90 * MIB; at += MIB / 16) {
      await image.read(byte, 0, 1, at);
      await image.write(Uint8Array.of((byte[0] ?? 0) ^ 1), 0, 1, at);
    }
    await image.sync();
    const script = 'echo 3 >/proc/sys/vm/drop_caches; cat "$0" >/dev/null';
    await expect(node.guest.call('run', ['sh', '-c', script, `${STATE}/large`])).rejects.toThrow(
      /Input\/output error/,
    );
    const { fault } = await until('the API knows', async () => {
      const now = await disk();
      return now.fault?.code === 'state-disk-io-error' ? now : undefined;
    });
    expect(fault?.detail).toMatch(/^\d+ integrity errors/);
    await node.shows(
      'says so',
      (status) => status.stateDiskFault?.startsWith('state-disk-io-error') === true,
    );
  });

  it('is not opened as an older copy, until an operator accepts just that', async () => {
    await node.powerOff();
    await copyFile(older, node.disk);
    await node.boot();
    await node.shows('sees the rollback', ({ reason }) =>
      /^state-disk-(rolled-back|key-wrong)/.test(reason ?? ''),
    );
    const { fault } = await until('the API knows', async () => {
      const now = await disk();
      return now.fault?.code === 'state-disk-rolled-back' ? now : undefined;
    });
    expect(fault?.epoch).toBe(2);
    await need(
      acceptRollback({
        client: admin,
        path: { ...path, disk: DISK },
        body: { epoch: 2, confirm: DISK, reason: 'restored by hand' },
      }),
    );
    await node.powerOff();
    await node.boot();
    await node.becomesMember();
    expect(await read('data')).toBe(written);
    expect(await disk()).toMatchObject({ epoch: 4, fault: null, acceptedEpoch: null });
  });
});
