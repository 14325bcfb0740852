import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DiskImage, StateDiskGuest } from '@asterism/testkit/guest-machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateDiskGrant, StateDiskPlace } from '../state-disk-types.ts';

const MIB = 1024 * 1024;
const HEADER_BYTES = 4 * MIB;
/** Of the data, as the header says it. */
const TAGS = ',"integrity":{"type":"hmac(sha256)","journal_encryption":"none","journal_integrity":"none"}';
const SIZES = { a: 96, b: 96, c: 96 } as const;

let folder = '';
let guest: StateDiskGuest;
const images: Record<string, DiskImage> = {};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'asterism-disks-'));
  for (const [letter, size] of Object.entries(SIZES)) {
    images[letter] = await DiskImage.create(path.join(folder, `${letter}.img`), size);
  }
  guest = await StateDiskGuest.start(Object.values(images).map(({ file }) => file));
});

afterAll(async () => {
  await guest.machine.kill();
  await rm(folder, { recursive: true });
});

function imageOf({ device }: StateDiskPlace): DiskImage {
  const image = images[device.replace('/dev/ubd', '')];
  if (image === undefined) throw new Error(`no image of ${device}`);
  return image;
}

function placeOf(letter: string, change: Partial<StateDiskPlace> = {}): StateDiskPlace {
  return {
    cluster: 'c1',
    disk: `disk-${letter}`,
    device: `/dev/ubd${letter}`,
    mapping: `state-${letter}`,
    activation: 'device-mapper',
    filesystem: 'ext4',
    mountPoint: `/run/state-${letter}`,
    discard: false,
    ...change,
  };
}

function grantOf(change: Partial<StateDiskGrant> = {}): StateDiskGrant {
  return {
    key: randomBytes(32),
    version: 1,
    scheme: 'asterism',
    kdf: 'pbkdf2',
    format: false,
    epoch: 0,
    acceptedEpoch: null,
    next: null,
    ...change,
  };
}

/** As it was, whatever came of it. */
async function keepingHeader(place: StateDiskPlace, act: () => Promise<void>): Promise<void> {
  const header = await imageOf(place).read(0, HEADER_BYTES);
  try {
    await act();
  } finally {
    await imageOf(place).write(0, header);
  }
}

async function refusal(place: StateDiskPlace, grant: StateDiskGrant): Promise<string> {
  const before = await imageOf(place).digest();
  const code = await guest.open(place, grant).then(
    () => 'opened',
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
  expect(await guest.isOpen(place)).toBe(false);
  expect(await imageOf(place).digest(), 'a refused disk is as it was').toBe(before);
  return code;
}

describe('a state disk', () => {
  const place = placeOf('a');
  const grant = grantOf();
  let epoch = 0;

  it('is made on a blank disk and keeps what is written', async () => {
    const made = await guest.open(place, { ...grant, format: true });
    expect(made).toMatchObject({
      formatted: true,
      mapped: '/dev/mapper/state-a',
      report: { version: 1, epoch: 1, rollback: 'none', activated: true },
    });
    await guest.write('/run/state-a/words', 'kept');
    expect(await guest.run('dmsetup', 'table', 'state-a')).toMatch(
      /authenc\(hmac\(sha256\),xts\(aes\)\).*integrity:32:aead/,
    );
    await guest.close(place);
    expect(await guest.isOpen(place)).toBe(false);
    const opened = await guest.open(place, { ...grant, epoch: 1 });
    expect(opened).toMatchObject({ formatted: false, report: { epoch: 2, rollback: 'none' } });
    expect(await guest.read('/run/state-a/words')).toBe('kept');
    epoch = 2;
  });

  it('that an agent left open is taken over as it is', async () => {
    expect(await guest.isOpen(place)).toBe(true);
    const { report } = await guest.open(place, { ...grant, epoch });
    expect(report.epoch).toBeGreaterThan(epoch);
    expect(await guest.read('/run/state-a/words')).toBe('kept');
    epoch = report.epoch;
    await guest.close(place);
  });

  it('S26 is not taken for open where something else is mounted in its place', async () => {
    await guest.run('mount', '-t', 'tmpfs', 'host', '/run/state-a');
    await expect(guest.open(place, { ...grant, epoch })).rejects.toMatchObject({ code: 'mount-failed' });
    expect(await guest.isOpen(place)).toBe(false);
    expect(await guest.run('dmsetup', 'ls')).not.toContain('state-a');
    await guest.run('umount', '/run/state-a');
    const { report } = await guest.open(place, { ...grant, epoch });
    expect(report.rollback).toBe('unacknowledged');
    epoch = report.epoch;
    await guest.close(place);
  });

  it('S26 opens with no other key, and not as another machine’s or another cluster’s', async () => {
    expect(await refusal(place, { ...grant, epoch, key: randomBytes(32) })).toBe('state-disk-key-wrong');
    expect(await refusal({ ...place, disk: 'disk-b' }, { ...grant, epoch })).toBe('state-disk-token-wrong');
    expect(await refusal({ ...place, cluster: 'c2' }, { ...grant, epoch })).toBe('state-disk-token-wrong');
  });

  it('S26 that is to be made is not, where there is data', async () => {
    const other = placeOf('b');
    for (const offset of [0, 50 * MIB, SIZES.b * MIB - 1]) {
      await imageOf(other).write(offset, Uint8Array.of(1));
      expect(await refusal(other, grantOf({ format: true })), `a byte at ${offset}`).toBe(
        'state-disk-not-blank',
      );
      await imageOf(other).write(offset, Uint8Array.of(0));
    }
    // Ours, but another's key.
    expect(await refusal(place, grantOf({ format: true }))).toMatch(/not-blank|key-wrong|token-wrong/);
  });

  it('S26 is never made where the record says that there is one', async () => {
    expect(await refusal(placeOf('b'), grantOf({ epoch: 1 }))).toBe('state-disk-no-header');
  });

  it('S26 with a header that says other than we wrote is refused', async () => {
    const cases: readonly [from: string, to: string, code: RegExp][] = [
      ['"epoch":', '"epoch":9', /token-wrong/],
      ['asterism-state-disk', 'luks2-keyring', /header-refused/],
      ['aes-xts-plain64","sector_size"', 'cipher_null-ecb","sector_size"', /header-refused/],
      ['hmac(sha256)', 'none', /header-refused/],
      [TAGS, '', /header-refused/],
      ['"iterations":1000', '"iterations":99999999', /header-refused/],
      ['"config":{', '"config":{"requirements":{"mandatory":["online-reencrypt"]},', /header-refused/],
    ];
    for (const [from, to, code] of cases) {
      await keepingHeader(place, async () => {
        await replaceJson(place, from, to);
        expect(await refusal(place, { ...grant, epoch }), to).toMatch(code);
      });
    }
    const { metadata, bare } = await withoutOurToken(place);
    await keepingHeader(place, async () => {
      await replaceJson(place, metadata, bare);
      expect(await refusal(place, { ...grant, epoch })).toBe('state-disk-token-wrong');
    });
  });

  it('S26 opens from one good copy of the header', async () => {
    await keepingHeader(place, async () => {
      await imageOf(place).write(100, randomBytes(32));
      const { report } = await guest.open(place, { ...grant, epoch });
      expect(report.rollback).toBe('none');
      await guest.close(place);
    });
  });

  it('shows an older header, and an operator may take it', async () => {
    const older = await imageOf(place).read(0, HEADER_BYTES);
    const { report } = await guest.open(place, { ...grant, epoch });
    await guest.close(place);
    await imageOf(place).write(0, older);
    expect(await refusal(place, { ...grant, epoch: report.epoch })).toBe('state-disk-rolled-back');
    const taken = await guest.open(place, { ...grant, epoch: report.epoch, acceptedEpoch: epoch });
    expect(taken.report.epoch).toBeGreaterThan(report.epoch);
    await guest.close(place);
    epoch = taken.report.epoch;
  });

  it('shows an older copy of the whole disk', async () => {
    const copy = placeOf('c', { disk: place.disk, mapping: place.mapping });
    await imageOf(copy).copyFrom(imageOf(place));
    const { report } = await guest.open(place, { ...grant, epoch });
    await guest.write('/run/state-a/words', ' and more');
    await guest.close(place);
    expect(await refusal(copy, { ...grant, epoch: report.epoch })).toBe('state-disk-rolled-back');
    epoch = report.epoch;
  });

  it('tells an open that was never reported, and a record that is older than the disk', async () => {
    const first = await guest.open(place, { ...grant, epoch });
    await guest.close(place);
    const second = await guest.open(place, { ...grant, epoch });
    expect(second.report).toMatchObject({ rollback: 'unacknowledged', epoch: first.report.epoch + 1 });
    await guest.close(place);
    const third = await guest.open(place, { ...grant, epoch });
    expect(third.report.rollback).toBe('ahead');
    await guest.close(place);
    epoch = third.report.epoch;
  });

  it('takes a new key, and the old one opens nothing any more', async () => {
    const next = { key: randomBytes(32), version: 2 };
    const before = await imageOf(place).read(0, HEADER_BYTES);
    const { report } = await guest.open(place, { ...grant, epoch, next });
    expect(report.version).toBe(2);
    await guest.retire(place, 2);
    await guest.close(place);
    expect(await slotsOf(place)).toHaveLength(1);
    expect(await refusal(place, { ...grant, epoch: report.epoch })).toMatch(/key-wrong|token-wrong/);
    const rotated = { ...grant, ...next, epoch: report.epoch };
    await keepingHeader(place, async () => {
      await imageOf(place).write(0, before);
      expect(await refusal(place, rotated)).toMatch(/rolled-back|key-wrong|token-wrong/);
    });
    await guest.open(place, rotated);
    expect(await guest.read('/run/state-a/words')).toBe('kept and more');
    await guest.close(place);
  });
});

describe('a changed sector', () => {
  it('gives its reader an error, which is reported', async () => {
    const place = placeOf('b');
    const grant = grantOf({ format: true });
    await guest.open(place, grant);
    await guest.run('dd', 'if=/dev/zero', 'of=/run/state-b/large', 'bs=1M', 'count=8', 'conv=fsync');
    await guest.close(place);
    await guest.open(place, { ...grant, format: false, epoch: 1 });
    await guest.watch(place);
    // Ciphertext looks alike everywhere: one bit in each of many places meets the file.
    for (let offset = HEADER_BYTES + MIB; offset < SIZES.b * MIB; offset += MIB / 8) {
      const [byte = 0] = await imageOf(place).read(offset, 1);
      await imageOf(place).write(offset, Uint8Array.of(byte ^ 1));
    }
    const read = guest.run('sh', '-c', 'echo 3 >/proc/sys/vm/drop_caches; cat /run/state-b/large | wc -c');
    await expect(read.then(Number, () => 0)).resolves.toBeLessThan(8 * MIB);
    await expect
      .poll(async () => (await guest.errors()).at(-1)?.integrity ?? 0, { timeout: 5000 })
      .toBeGreaterThan(0);
    await guest.close(place);
  });
});

describe('a disk of Constellation’s', () => {
  const place = placeOf('c');
  const grant = grantOf({ scheme: 'constellation' });

  it('opens with its key, and has our token from then on', async () => {
    await imageOf(place).write(0, new Uint8Array(SIZES.c * MIB));
    // As its disk mapper makes it: 16 MiB of header, Argon2id, its token.
    const script = [
      'luks() { cryptsetup --disable-locks --batch-mode --key-file /run/key --keyfile-size 32 "$@"; }',
      `printf ${Buffer.from(grant.key).toString('base64')} | base64 -d >/run/key`,
      'luks luksFormat --type luks2 --cipher aes-xts-plain64 --key-size 512 --integrity hmac-sha256' +
        ' --sector-size 4096 --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 65536 /dev/ubdc',
      'echo \'{"type":"constellation-state-disk","keyslots":[],"diskIsInitialized":true}\' |' +
        ' cryptsetup --disable-locks token import --token-id 0 /dev/ubdc',
      'luks open /dev/ubdc state && mkfs.ext4 -q /dev/mapper/state && mkdir -p /run/theirs',
      'mount /dev/mapper/state /run/theirs && echo kept >/run/theirs/words',
      'umount /run/theirs && cryptsetup close state && rm /run/key',
    ];
    await guest.run('sh', '-e', '-c', script.join('\n'));
    const { report, formatted } = await guest.open(place, grant);
    expect({ report, formatted }).toMatchObject({ formatted: false, report: { epoch: 1, rollback: 'none' } });
    expect(await guest.read('/run/state-c/words')).toBe('kept\n');
    await guest.close(place);
    const { tokens } = JSON.parse(await jsonOf(place)) as { tokens: Record<string, { type: string }> };
    expect(
      Object.values(tokens)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['asterism-state-disk', 'constellation-state-disk']);
  });

  it('S26 does not open when that token is taken away again, nor under the other scheme', async () => {
    expect(await refusal(place, { ...grant, epoch: 5 })).toBe('state-disk-rolled-back');
    const { metadata, bare } = await withoutOurToken(place);
    await keepingHeader(place, async () => {
      await replaceJson(place, metadata, bare);
      expect(await refusal(place, { ...grant, epoch: 1 })).toBe('state-disk-rolled-back');
      expect(await refusal(place, { ...grant, scheme: 'asterism', epoch: 0 })).toBe('state-disk-token-wrong');
    });
  });
});

async function withoutOurToken(place: StateDiskPlace): Promise<{ metadata: string; bare: string }> {
  const metadata = await jsonOf(place);
  const parsed = JSON.parse(metadata) as { tokens: Record<string, { type: string }> };
  const theirs = Object.entries(parsed.tokens).filter(([, { type }]) => type !== 'asterism-state-disk');
  return { metadata, bare: JSON.stringify({ ...parsed, tokens: Object.fromEntries(theirs) }) };
}

/** In both copies, with the checksums that a host would put there. */
async function replaceJson(place: StateDiskPlace, from: string, to: string): Promise<void> {
  for (const copy of [0, 16_384]) {
    const bytes = await imageOf(place).read(copy, 16_384);
    const text = Buffer.from(bytes.subarray(4096)).toString('latin1').replaceAll('\0', '');
    expect(text).toContain(from);
    await imageOf(place).write(copy, withJson(bytes, text.replace(from, to)));
  }
}

async function jsonOf(place: StateDiskPlace): Promise<string> {
  const bytes = await imageOf(place).read(4096, 12_288);
  return Buffer.from(bytes).toString('latin1').replaceAll('\0', '');
}

async function slotsOf(place: StateDiskPlace): Promise<string[]> {
  const { keyslots } = JSON.parse(await jsonOf(place)) as { keyslots: Record<string, unknown> };
  return Object.keys(keyslots);
}

/** The copy with another JSON area, and the checksum that a host would put on it (LUKS2 specification §2.1). */
function withJson(copy: Uint8Array, json: string): Uint8Array {
  const changed = Buffer.alloc(copy.length);
  changed.set(copy.subarray(0, 4096));
  changed.write(json, 4096, 'latin1');
  changed.fill(0, 448, 512);
  changed.set(createHash('sha256').update(changed).digest(), 448);
  return changed;
}
