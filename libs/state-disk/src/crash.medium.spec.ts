import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Device } from './device.ts';
import { createIntent } from './format-intent.ts';
import { StateDisk } from './state-disk.ts';
import type { StateDiskPlace } from './state-disk-types.ts';
import { GRANT, KEY, KNOWN, NEXT, placeIn } from './testing/file-disk.ts';

let folder: string;
let place: StateDiskPlace;
let disk: StateDisk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-disk-'));
  place = placeIn(folder);
  disk = new StateDisk(place);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

interface Write {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The writes of an action, in their order; what a disk does not promise to keep whole is cut into sectors. */
async function writesOf(action: () => Promise<unknown>): Promise<Write[]> {
  const writes: Write[] = [];
  const record = (offset: number, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += 512) {
      writes.push({ offset: offset + at, bytes: bytes.slice(at, at + 512) });
    }
  };
  const { write, writeChanges } = Device.prototype;
  vi.spyOn(Device.prototype, 'write').mockImplementation(async function (this: Device, offset, bytes) {
    record(offset, bytes);
    await write.call(this, offset, bytes);
  });
  vi.spyOn(Device.prototype, 'writeChanges').mockImplementation(async function (this: Device, ...change) {
    const [offset, before, after] = change;
    for (let at = 0; at < after.length; at += 4096) {
      const block = after.subarray(at, at + 4096);
      if (Buffer.compare(block, before.subarray(at, at + 4096)) !== 0) record(offset + at, block);
    }
    await writeChanges.apply(this, change);
  });
  await action();
  vi.restoreAllMocks();
  return writes;
}

/** The disk as a kill after so many of the writes leaves it. */
function cutAfter(count: number, before: Buffer, writes: readonly Write[]): void {
  const image = Buffer.from(before);
  for (const { offset, bytes } of writes.slice(0, count)) image.set(bytes, offset);
  writeFileSync(place.device, image);
}

/** Few, but with every one at which something changes: the last of the keyslots, each of the header's, none and all. */
function cuts(writes: readonly Write[]): number[] {
  const header = writes.flatMap(({ offset }, i) => (offset < 32_768 ? [i, i + 1] : []));
  const first = header[0] ?? writes.length;
  const edges = [...header.slice(0, 4), ...header.slice(-4)];
  return [
    ...new Set([0, 1, first >> 1, first, ...edges, ...header.filter((_, i) => i % 37 === 0), writes.length]),
  ];
}

describe('S34 a kill at any write', () => {
  it('of a first format leaves a disk that is formatted again, or opened', { timeout: 60_000 }, async () => {
    writeFileSync(place.device, Buffer.alloc(8 << 20));
    const before = readFileSync(place.device);
    const writes = await writesOf(() => disk.open(GRANT));
    expect(writes[0]?.offset).toBe(0);
    const outcomes = new Set<boolean>();
    for (const count of cuts(writes)) {
      cutAfter(count, before, writes);
      const { formatted, report } = await disk.open(GRANT);
      outcomes.add(formatted);
      expect(report).toMatchObject({ version: 1, epoch: formatted ? 1 : 2 });
      expect(await disk.open({ ...KNOWN, epoch: report.epoch })).toMatchObject({ formatted: false });
    }
    expect([...outcomes].sort()).toEqual([false, true]);
  });

  it('of a rotation leaves a disk that the keys of the ticket open', { timeout: 60_000 }, async () => {
    await disk.open(GRANT);
    const before = readFileSync(place.device);
    const writes = await writesOf(() => disk.open({ ...KNOWN, next: NEXT }));
    for (const count of cuts(writes)) {
      cutAfter(count, before, writes);
      const { report } = await disk.open({ ...KNOWN, next: NEXT });
      expect(report.version).toBe(2);
      expect([2, 3]).toContain(report.epoch);
      await disk.retireOtherKeys(2);
      await expect(disk.open({ ...KNOWN, epoch: report.epoch })).rejects.toMatchObject({
        code: 'state-disk-key-wrong',
      });
    }
  });

  it(
    'of the removal of the other keys leaves a disk that the new one opens',
    { timeout: 60_000 },
    async () => {
      await disk.open(GRANT);
      await disk.open({ ...KNOWN, next: NEXT });
      const before = readFileSync(place.device);
      const writes = await writesOf(() => disk.retireOtherKeys(2));
      expect(writes.length).toBeGreaterThan(64);
      for (const count of cuts(writes)) {
        cutAfter(count, before, writes);
        await disk.retireOtherKeys(2);
        expect(await disk.open({ ...KNOWN, ...NEXT, epoch: 2 })).toMatchObject({
          report: { version: 2, epoch: 3 },
        });
      }
    },
  );

  it('S26 is told from a disk of somebody else: only the key’s own intent is formatted over', async () => {
    const image = Buffer.alloc(8 << 20, 0x33);
    image.set(await createIntent(place, KEY));
    const reset = () => writeFileSync(place.device, image);
    reset();
    expect(await disk.open(GRANT)).toMatchObject({ formatted: true });
    for (const [grant, at] of [
      [{ ...GRANT, key: NEXT.key }, place],
      [GRANT, { ...place, disk: 'disk-2' }],
      [GRANT, { ...place, cluster: 'cluster-2' }],
    ] as const) {
      reset();
      await expect(new StateDisk(at).open(grant)).rejects.toMatchObject({ code: 'state-disk-not-blank' });
    }
    await expect(disk.open(KNOWN)).rejects.toMatchObject({ code: 'state-disk-no-header' });
    expect(readFileSync(place.device).equals(image)).toBe(true);
  });
});
