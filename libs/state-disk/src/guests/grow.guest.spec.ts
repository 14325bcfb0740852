import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DiskImage, StateDiskGuest } from '@asterism/testkit/guest-machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateDiskGrant, StateDiskPlace } from '../state-disk-types.ts';

/** Megabytes. XFS wants 300. */
const SIZES = { ext4: [64, 112], xfs: [312, 352] } as const;
type FileSystem = keyof typeof SIZES;
const FILE_SYSTEMS = ['ext4', 'xfs'] as const;

let folder = '';
const images: Partial<Record<FileSystem, DiskImage>> = {};
const grants: Record<FileSystem, StateDiskGrant> = { ext4: grantOf(), xfs: grantOf() };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'asterism-disks-'));
  for (const name of FILE_SYSTEMS) {
    images[name] = await DiskImage.create(path.join(folder, `${name}.img`), SIZES[name][0]);
  }
});
afterAll(async () => rm(folder, { recursive: true }));

function grantOf(): StateDiskGrant {
  const key = { key: randomBytes(32), version: 1, next: null };
  return { ...key, scheme: 'asterism', kdf: 'argon2id', format: true, epoch: 0, acceptedEpoch: null };
}

function placeOf(filesystem: FileSystem): StateDiskPlace {
  return {
    cluster: 'c1',
    disk: filesystem,
    device: filesystem === 'ext4' ? '/dev/ubda' : '/dev/ubdb',
    mapping: filesystem,
    activation: 'device-mapper',
    filesystem,
    mountPoint: `/run/${filesystem}`,
    discard: false,
  };
}

async function megabytesOf(guest: StateDiskGuest, { mountPoint }: StateDiskPlace): Promise<number> {
  const [blocks = 0, size = 0] = (await guest.run('stat', '-f', '-c', '%b %S', mountPoint ?? ''))
    .split(' ')
    .map(Number);
  return (blocks * size) / 1024 / 1024;
}

async function start(): Promise<StateDiskGuest> {
  return StateDiskGuest.start(Object.values(images).map(({ file }) => file));
}

describe('a state disk', () => {
  const sizes = new Map<FileSystem, number>();

  it('is as large as its device, with either file system', async () => {
    await using guest = await start();
    for (const filesystem of FILE_SYSTEMS) {
      const place = placeOf(filesystem);
      await guest.open(place, grants[filesystem]);
      await guest.write(`${place.mountPoint}/words`, 'kept');
      const type = await guest.run('stat', '-f', '-c', '%T', `/run/${filesystem}`);
      expect(type.trim()).toBe(filesystem === 'xfs' ? 'xfs' : 'ext2/ext3');
      sizes.set(filesystem, await megabytesOf(guest, place));
      expect(sizes.get(filesystem)).toBeGreaterThan(SIZES[filesystem][0] * 0.7);
      await guest.close(place);
    }
  });

  it('grows with its device', async () => {
    for (const filesystem of FILE_SYSTEMS) await images[filesystem]?.grow(SIZES[filesystem][1]);
    await using guest = await start();
    for (const filesystem of FILE_SYSTEMS) {
      const place = placeOf(filesystem);
      const [before, after] = SIZES[filesystem];
      await guest.open(place, { ...grants[filesystem], format: false, epoch: 1 });
      expect(await guest.read(`${place.mountPoint}/words`)).toBe('kept');
      const grown = (await megabytesOf(guest, place)) - (sizes.get(filesystem) ?? 0);
      expect(grown).toBeGreaterThan((after - before) * 0.8);
      // Every sector of it has its tag: none gives an error.
      await guest.run('dd', `if=/dev/mapper/${filesystem}`, 'of=/dev/null', 'bs=1M', 'iflag=direct');
      await guest.close(place);
    }
  });
});
