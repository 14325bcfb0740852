import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DiskImage, StateDiskGuest } from '@asterism/testkit/guest-machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateDiskGrant, StateDiskKey, StateDiskPlace } from '../state-disk-types.ts';

const SEED = 20_261_125;
const FILE = '/run/state/records';

const place: StateDiskPlace = {
  cluster: 'c1',
  disk: 'disk-1',
  device: '/dev/ubda',
  mapping: 'state',
  activation: 'device-mapper',
  filesystem: 'ext4',
  mountPoint: '/run/state',
  discard: false,
};

/** Numbers from 0 to 1, the same in every run: a failure can be had again. */
let state = SEED;
function random(): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return state / 0x7fff_ffff;
}

/** The server's record of the disk: changes with a report and with nothing else. */
class Record {
  key: StateDiskKey = { key: randomBytes(32), version: 1 };
  next: StateDiskKey | null = null;
  format = true;
  epoch = 0;

  grant(): StateDiskGrant {
    const { key, next, format, epoch } = this;
    return { ...key, next, format, epoch, scheme: 'asterism', kdf: 'pbkdf2', acceptedEpoch: null };
  }

  /** What an agent does at boot: open, report, remove the other keys. */
  async boot(guest: StateDiskGuest): Promise<void> {
    const { report } = await guest.open(place, this.grant());
    this.epoch = report.epoch;
    this.format = false;
    if (this.next?.version === report.version) [this.key, this.next] = [this.next, null];
    await guest.retire(place, report.version);
  }
}

let folder = '';
let image = '';
const record = new Record();
let written = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'asterism-disks-'));
  ({ file: image } = await DiskImage.create(path.join(folder, 'disk.img'), 64));
});
afterAll(async () => rm(folder, { recursive: true }));

/** Kills the guest that far into what it is doing; true where that was done before. */
async function killWithin(
  guest: StateDiskGuest,
  milliseconds: number,
  act: () => Promise<unknown>,
): Promise<boolean> {
  const done = act().then(
    () => true,
    () => false,
  );
  await pause(milliseconds);
  await guest.machine.kill();
  return done;
}

async function expectRecords(guest: StateDiskGuest): Promise<void> {
  const lines = (await guest.read(FILE)).split('\n').slice(0, -1).map(Number);
  expect(lines.length).toBeGreaterThanOrEqual(written);
  expect(lines).toEqual(lines.map((_, index) => index));
  written = lines.length;
}

describe('S34 a guest that is killed', () => {
  it('while it makes its disk has a disk or makes it again', async () => {
    let unfinished = 0;
    for (let round = 0; round < 5; round++) {
      await using guest = await StateDiskGuest.start([image]);
      const finished = await killWithin(guest, random() * 1800, () => guest.open(place, record.grant()));
      if (!finished) unfinished += 1;
    }
    expect(unfinished, 'kills that met the format').toBeGreaterThan(1);
    await using guest = await StateDiskGuest.start([image]);
    await record.boot(guest);
    await guest.write(FILE, '');
    await expectRecords(guest);
  });

  it('while it writes finds all that was acknowledged', async () => {
    for (let round = 0; round < 3; round++) {
      await using guest = await StateDiskGuest.start([image]);
      await record.boot(guest);
      await expectRecords(guest);
      await killWithin(guest, 200 + random() * 600, async () => {
        for (;;) {
          await guest.write(FILE, `${written}\n`);
          written += 1;
        }
      });
    }
    expect(written).toBeGreaterThan(10);
    await using guest = await StateDiskGuest.start([image]);
    await record.boot(guest);
    await expectRecords(guest);
  });

  it('while it takes a new key opens with the one that the record says', async () => {
    for (let round = 0; round < 5; round++) {
      record.next ??= { key: randomBytes(32), version: record.key.version + 1 };
      await using guest = await StateDiskGuest.start([image]);
      await killWithin(guest, random() * 900, () => record.boot(guest));
    }
    await using guest = await StateDiskGuest.start([image]);
    await record.boot(guest);
    expect(record.next).toBeNull();
    await expectRecords(guest);
    const dump = await guest.run('cryptsetup', '--disable-locks', 'luksDump', place.device);
    expect(dump.match(/^ {2}\d+: luks2$/gm)).toHaveLength(1);
  });
});
