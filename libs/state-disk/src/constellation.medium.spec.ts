import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateDisk } from './state-disk.ts';
import type { StateDiskGrant, StateDiskPlace } from './state-disk-types.ts';

const KEY = new Uint8Array(32).fill(0xc1);
const NEXT = { key: new Uint8Array(32).fill(0xc2), version: 2 };
const GRANT: StateDiskGrant = {
  ...{ key: KEY, version: 1, scheme: 'constellation', kdf: 'pbkdf2', format: false },
  ...{ epoch: 0, acceptedEpoch: null, next: null },
};
const SIZE = 24 << 20;

let folder: string;
let place: StateDiskPlace;
let disk: StateDisk;
const cryptsetup = (parameters: string[], input: string | Uint8Array = '') =>
  execFileSync('/usr/sbin/cryptsetup', [...parameters, '--disable-locks', place.device], {
    input,
    encoding: 'utf8',
  });

/**
 * A disk as Constellation's disk mapper leaves it (disk-mapper/internal/diskencryption, internal/cryptsetup): Argon2id of RFC 9106's
 * second choice, the header's default size, its token in slot 0.
 */
async function makeTheirs({ diskIsInitialized }: { diskIsInitialized: boolean }): Promise<void> {
  writeFileSync(place.device, '');
  truncateSync(place.device, SIZE);
  const cipher = [
    '--cipher',
    'aes-xts-plain64',
    '--key-size',
    '512',
    '--hash',
    'sha256',
    '--sector-size',
    '4096',
  ];
  const kdf = ['--pbkdf', 'argon2id', '--pbkdf-force-iterations', '4', '--pbkdf-memory', '65536'];
  cryptsetup(['luksFormat', '-q', '--type', 'luks2', ...cipher, ...kdf, '--key-file', '-'], KEY);
  const token = { type: 'constellation-state-disk', keyslots: [], diskIsInitialized };
  cryptsetup(['token', 'import', '--token-id', '0', '--json-file', '-'], JSON.stringify(token));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-disk-'));
  place = {
    ...{ cluster: 'cluster-1', disk: 'disk-1', device: join(folder, 'disk'), mapping: 'asterism-test' },
    ...{ activation: 'header-only', filesystem: 'ext4', mountPoint: null, discard: false },
  };
  disk = new StateDisk(place);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a disk of Constellation’s', () => {
  it('is taken over at its first open, and rotated to a key of ours', async () => {
    await makeTheirs({ diskIsInitialized: true });
    expect(await disk.open(GRANT)).toMatchObject({ formatted: false, report: { version: 1, epoch: 1 } });
    expect(await disk.open({ ...GRANT, epoch: 1, next: NEXT })).toMatchObject({
      report: { version: 2, epoch: 2 },
    });
    await disk.retireOtherKeys(2);
    expect(await disk.open({ ...GRANT, ...NEXT, epoch: 2 })).toMatchObject({
      report: { version: 2, epoch: 3 },
    });
    await expect(disk.open({ ...GRANT, epoch: 3 })).rejects.toMatchObject({ code: 'state-disk-key-wrong' });
  });

  it('is opened, not formatted, where the record has no open of it yet', async () => {
    await makeTheirs({ diskIsInitialized: true });
    expect(await disk.open({ ...GRANT, format: true })).toMatchObject({
      formatted: false,
      report: { epoch: 1 },
    });
  });

  it('S26 is not taken over twice: a header from before it shows no token, and is older', async () => {
    await makeTheirs({ diskIsInitialized: true });
    const before = readFileSync(place.device);
    await disk.open(GRANT);
    writeFileSync(place.device, before);
    await expect(disk.open({ ...GRANT, epoch: 1 })).rejects.toMatchObject({
      code: 'state-disk-rolled-back',
      epoch: 0,
    });
  });

  it('S26 is not taken over with another key, by another scheme, or unfinished', async () => {
    await makeTheirs({ diskIsInitialized: true });
    await expect(disk.open({ ...GRANT, key: NEXT.key })).rejects.toMatchObject({
      code: 'state-disk-key-wrong',
    });
    await expect(disk.open({ ...GRANT, scheme: 'asterism' })).rejects.toMatchObject({
      code: 'state-disk-token-wrong',
    });
    await makeTheirs({ diskIsInitialized: false });
    await expect(disk.open(GRANT)).rejects.toMatchObject({ code: 'state-disk-token-wrong' });
    await expect(disk.open({ ...GRANT, format: true })).rejects.toMatchObject({
      code: 'state-disk-not-blank',
    });
  });
});
