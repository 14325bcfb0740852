import { toHex } from '@asterism/bytes';
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Status } from './status/status-file.ts';
import { digestOf, metadataOf, opensWith } from './testing/disk-file.ts';
import { eventually, useNode } from './testing/node-fixture.ts';
import { writeBlankDisk } from './testing/test-machine.ts';

const node = useNode();
const PROGRESS = '/agent/v1/progress';
const isMember = ({ state, reason }: Status) => state === 'member' && reason === null;

let image: string;
beforeEach(() => {
  image = node.machine.file('state.img');
});

/** Runs a boot to membership and ends the agent. */
async function bootToMember(): Promise<Status> {
  node.machine.start();
  const status = await node.machine.until(isMember);
  await node.machine.end('SIGTERM');
  return status;
}

async function rebootToMember(): Promise<Status> {
  await node.machine.reboot();
  return bootToMember();
}

/** Kills the agent while the API's answer to its open disk is on its way. @param done whether the API has recorded it */
async function killAtReport(done: 'before' | 'after'): Promise<void> {
  const { machine, api } = node;
  const reports = api.seen(PROGRESS).length;
  if (done === 'before') api.hold(PROGRESS);
  else api.holdAnswers(PROGRESS);
  machine.start();
  await eventually(() => api.seen(PROGRESS).length > reports);
  if (done === 'after') await eventually(() => api.cluster.nodeState === 'disk-open');
  await machine.end('SIGKILL');
  api.release(PROGRESS);
}

/** What the agent shows of a disk that it does not open. */
async function bootToFault(code: string): Promise<Status> {
  const { machine } = node;
  machine.start();
  const status = await machine.until(({ reason }) => reason?.startsWith(code) === true);
  expect(status).toMatchObject({ state: 'locked', stateDiskFault: expect.stringContaining(code) });
  expect(status.stateDiskKeySha256).toBeNull();
  return status;
}

describe('the state disk', () => {
  it('is formatted by the server’s record at the first boot, and opened after that, an epoch later each time', async () => {
    const { api } = node;
    const first = await bootToMember();
    const { keyslots } = metadataOf(image);
    expect(first.stateDiskKeySha256).toBe(createHash('sha256').update(api.cluster.disk.key).digest('hex'));
    expect(opensWith(image, api.cluster.disk.key)).toBe(true);
    expect(opensWith(image, randomBytes(32))).toBe(false);
    await rebootToMember();
    expect(Object.keys(metadataOf(image).keyslots)).toEqual(Object.keys(keyslots));
    expect(api.cluster.disk.reports).toEqual([
      { version: 1, epoch: 1, rollback: 'none', activated: false },
      { version: 1, epoch: 2, rollback: 'none', activated: false },
    ]);
    expect(Object.values(metadataOf(image).tokens)).toMatchObject([
      { type: 'asterism-state-disk', epoch: 2 },
    ]);
  });

  it('S34 is reported unacknowledged when its last open never was, and is no rollback', async () => {
    const { machine, api } = node;
    await bootToMember();
    await machine.reboot();
    await killAtReport('before');
    await rebootToMember();
    expect(api.cluster.disk.reports.at(-1)).toMatchObject({ rollback: 'unacknowledged', epoch: 3 });
    expect(api.cluster.disk.events).toEqual([]);
  });

  it('is reported ahead when the server’s record is of a backup', async () => {
    const { machine, api } = node;
    await bootToMember();
    await rebootToMember();
    await rebootToMember();
    api.cluster.disk.epoch = 1;
    await machine.reboot();
    await bootToMember();
    expect(api.cluster.disk.reports.at(-1)).toMatchObject({ rollback: 'ahead', epoch: 4 });
  });
});

describe('an older copy of the disk', () => {
  it('is not opened, is told to the operator with its epoch, and is let in once he accepts it', async () => {
    const { machine, api } = node;
    await bootToMember();
    const older = machine.file('older.img');
    await copyFile(image, older);
    await rebootToMember();
    await rebootToMember();
    await copyFile(older, image);
    const before = digestOf(image);
    await machine.reboot();
    await bootToFault('state-disk-rolled-back');
    await eventually(() => api.cluster.disk.events.length === 1);
    expect(api.cluster.disk.events).toEqual([{ type: 'state-disk-rolled-back', diskId: 'disk-1', epoch: 1 }]);
    expect(digestOf(image)).toBe(before);
    expect(api.cluster.disk.reports).toHaveLength(3);
    await machine.end('SIGTERM');

    api.cluster.disk.acceptedEpoch = 1;
    const accepted = await rebootToMember();
    expect(accepted.stateDiskFault).toBeNull();
    expect(api.cluster.disk.reports.at(-1)).toMatchObject({ epoch: 4, rollback: 'none' });
    await rebootToMember();
    await copyFile(older, image);
    await machine.reboot();
    await bootToFault('state-disk-rolled-back');
  });
});

describe('key rotation', () => {
  it('adds the new key, reports it, and removes the old one', async () => {
    const { api } = node;
    await bootToMember();
    const old = api.cluster.disk.key;
    api.cluster.disk.rotate();
    const status = await rebootToMember();
    expect(api.cluster.disk).toMatchObject({ version: 2, next: null });
    expect(status.stateDiskKeySha256).toBe(toHex(createHash('sha256').update(api.cluster.disk.key).digest()));
    expect([opensWith(image, old), opensWith(image, api.cluster.disk.key)]).toEqual([false, true]);
    await rebootToMember();
    expect(api.cluster.disk.reports.at(-1)).toMatchObject({ version: 2, rollback: 'none' });
  });

  it('S34 killed before the API knows: both keys open, and the next boot rotates', async () => {
    const { machine, api } = node;
    await bootToMember();
    const old = api.cluster.disk.key;
    api.cluster.disk.rotate();
    const next = api.cluster.disk.next?.key ?? new Uint8Array();
    await machine.reboot();
    await killAtReport('before');
    expect([opensWith(image, old), opensWith(image, next)]).toEqual([true, true]);
    await rebootToMember();
    expect(api.cluster.disk.version).toBe(2);
    expect([opensWith(image, old), opensWith(image, next)]).toEqual([false, true]);
  });

  it('S34 killed when the API knows and the agent does not: it goes on, and removes the old key', async () => {
    const { machine, api } = node;
    await bootToMember();
    const old = api.cluster.disk.key;
    api.cluster.disk.rotate();
    await machine.reboot();
    await killAtReport('after');
    expect(api.cluster.disk.version).toBe(2);
    expect(opensWith(image, old)).toBe(true);
    machine.start();
    await machine.until(isMember);
    expect([opensWith(image, old), opensWith(image, api.cluster.disk.key)]).toEqual([false, true]);
  });

  it('S34 killed once the disk is reported: on the same boot it is reported again, with the new version', async () => {
    const { machine, api } = node;
    await bootToMember();
    api.cluster.disk.rotate();
    await machine.reboot();
    await killAtReport('before');
    machine.start();
    await machine.until(isMember);
    expect(api.cluster.disk).toMatchObject({ version: 2, epoch: 2 });
  });
});

describe('a disk that is refused', () => {
  it('S25 under another key: nothing on it is changed, and the operator hears of it', async () => {
    const { machine, api } = node;
    await bootToMember();
    const before = digestOf(image);
    await machine.reboot();
    api.cluster.disk.key = new Uint8Array(randomBytes(32));
    await bootToFault('state-disk-key-wrong');
    await eventually(() => api.cluster.disk.events.length === 1);
    expect(api.cluster.disk.events).toEqual([
      { type: 'state-disk-refused', diskId: 'disk-1', code: 'state-disk-key-wrong' },
    ]);
    expect(digestOf(image)).toBe(before);
    expect(api.cluster.disk.reports).toHaveLength(1);
  });

  it.each([
    [
      'holds a file system of somebody',
      'state-disk-not-blank',
      (disk: string) => writeFile(disk, Buffer.alloc(1 << 25, 7)),
      true,
    ],
    [
      'is blank, though it was open before',
      'state-disk-no-header',
      (disk: string) => writeBlankDisk(disk),
      false,
    ],
    [
      'has a header that is damaged',
      'state-disk-header-malformed',
      async (disk: string) => {
        const bytes = await readFile(disk);
        await writeFile(disk, bytes.fill(0xff, 4_096, 16_384).fill(0xff, 20_480, 32_768));
      },
      false,
    ],
    ['is not there', 'state-disk-missing', (disk: string) => copyFile('/dev/null', `${disk}.other`), false],
  ] as const)('S26 when it %s: it is not formatted', async (_, code, spoil, first) => {
    const { machine, api } = node;
    if (!first) {
      await bootToMember();
      await machine.reboot();
    }
    await spoil(image);
    if (code === 'state-disk-missing') {
      await node.configureDisk({ device: `${image}.gone` });
    }
    const before = digestOf(image);
    await bootToFault(code);
    expect(digestOf(image)).toBe(before);
    await eventually(() => api.cluster.disk.events.length === 1);
    expect(api.cluster.disk.events[0]).toMatchObject({ type: 'state-disk-refused' });
  });

  it('S26 when the host puts the disk of another machine in its place', async () => {
    const { machine, api } = node;
    await bootToMember();
    // The same cluster’s, and even the same key, under another name.
    await node.configureDisk({ id: 'disk-2' });
    await machine.reboot();
    await bootToFault('state-disk-token-wrong');
    expect(api.cluster.disk.reports).toHaveLength(1);
  });
});
