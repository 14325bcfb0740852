import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateDisk } from './state-disk.ts';
import type { StateDiskGrant, StateDiskPlace } from './state-disk-types.ts';
import { GRANT, KEY, KNOWN, NEXT, placeIn } from './testing/file-disk.ts';

let folder: string;
let place: StateDiskPlace;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-disk-'));
  place = placeIn(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const disk = (change: Partial<StateDiskPlace> = {}) => new StateDisk({ ...place, ...change });
const open = (change: Partial<StateDiskGrant> = {}) => disk().open({ ...KNOWN, ...change });
const copyOf = (name: string) => {
  copyFileSync(place.device, join(folder, name));
  return () => copyFileSync(join(folder, name), place.device);
};
/** What cryptsetup itself says of the disk. */
const opens = (key: Uint8Array): boolean => {
  try {
    const parameters = ['open', '--disable-locks', '--test-passphrase', '--key-file', '-', place.device];
    execFileSync('/usr/sbin/cryptsetup', parameters, { input: key, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};
const metadata = () =>
  JSON.parse(
    execFileSync(
      '/usr/sbin/cryptsetup',
      ['luksDump', '--disable-locks', '--dump-json-metadata', place.device],
      {
        encoding: 'utf8',
      },
    ),
  ) as {
    keyslots: Record<string, { kdf: unknown }>;
    tokens: Record<string, { version: number; epoch: number }>;
  };

describe('header-only', () => {
  it('formats a file that is not there, and opens it afterwards', async () => {
    const first = await disk().open(GRANT);
    expect(first).toEqual({
      ...{ formatted: true, mapped: null },
      report: { version: 1, epoch: 1, rollback: 'none', activated: false },
    });
    expect(await open()).toMatchObject({
      formatted: false,
      report: { version: 1, epoch: 2, rollback: 'none' },
    });
    expect(opens(KEY)).toBe(true);
    expect(metadata().tokens).toEqual({
      0: expect.objectContaining({ version: 1, epoch: 2, cluster: 'cluster-1' }),
    });
    expect(metadata().keyslots['0']?.kdf).toMatchObject({ type: 'pbkdf2', iterations: 1000 });
  });

  it('stretches with Argon2id where a policy asks for it', async () => {
    await disk().open({ ...GRANT, kdf: 'argon2id' });
    expect(metadata().keyslots['0']?.kdf).toMatchObject({ type: 'argon2id', memory: 65_536, time: 4 });
    expect(await open()).toMatchObject({ report: { epoch: 2 } });
  });

  it('leaves no header behind in memory', async () => {
    const before = readdirSync('/dev/shm').filter((name) => name.startsWith('asterism-header-'));
    await disk().open(GRANT);
    await open();
    await expect(open({ key: NEXT.key })).rejects.toThrow();
    const after = readdirSync('/dev/shm').filter((name) => name.startsWith('asterism-header-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('works for a user who is not root', async () => {
    const program = `
      const { StateDisk } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
      const grant = { key: new Uint8Array(32).fill(7), version: 1, scheme: 'asterism', kdf: 'pbkdf2', format: true,
        epoch: 0, acceptedEpoch: null, next: null };
      const { report } = await new StateDisk(${JSON.stringify(place)}).open(grant);
      console.log(JSON.stringify(report));`;
    chmodSync(folder, 0o777);
    const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', process.execPath];
    const output = execFileSync('setpriv', [...user, '--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toMatchObject({ epoch: 1 });
    expect(statSync(place.device).uid).toBe(65534);
  });
});

describe('by the server’s record alone', () => {
  it('S26 never formats a disk that was open before: blank, foreign or damaged', async () => {
    blankFile(place.device, 16 << 20);
    await expect(open()).rejects.toMatchObject({ code: 'state-disk-no-header' });
    writeFileSync(place.device, Buffer.alloc(16 << 20, 0x41));
    await expect(open()).rejects.toMatchObject({ code: 'state-disk-no-header' });
    expect(readFileSync(place.device).equals(Buffer.alloc(16 << 20, 0x41))).toBe(true);
  });

  it('S26 formats no disk that holds anything, wherever it is', async () => {
    const size = 24 << 20;
    for (const at of [0, 4096, 5 << 20, (16 << 20) + 77, size - 1]) {
      const content = Buffer.alloc(size);
      content[at] = 1;
      writeFileSync(place.device, content);
      await expect(disk().open(GRANT)).rejects.toMatchObject({ code: 'state-disk-not-blank' });
      expect(readFileSync(place.device).equals(content)).toBe(true);
    }
  });

  it('S26 formats no disk of another key, cluster or name', async () => {
    await disk().open(GRANT);
    const before = readFileSync(place.device);
    await expect(disk().open({ ...GRANT, key: NEXT.key })).rejects.toMatchObject({
      code: 'state-disk-not-blank',
    });
    for (const change of [{ cluster: 'cluster-2' }, { disk: 'disk-2' }]) {
      await expect(disk(change).open(GRANT)).rejects.toMatchObject({ code: 'state-disk-not-blank' });
    }
    expect(readFileSync(place.device).equals(before)).toBe(true);
  });

  it('opens its own format that was finished and never reported', async () => {
    await disk().open(GRANT);
    expect(await disk().open(GRANT)).toMatchObject({
      formatted: false,
      report: { epoch: 2, rollback: 'unacknowledged' },
    });
  });
});

describe('whose disk it is', () => {
  beforeEach(async () => void (await disk().open(GRANT)));

  it('S18 does not open with another machine’s key', async () => {
    const before = readFileSync(place.device);
    await expect(open({ key: NEXT.key })).rejects.toMatchObject({ code: 'state-disk-key-wrong' });
    expect(readFileSync(place.device).equals(before)).toBe(true);
  });

  it('S26 opens no disk whose token names another cluster or disk', async () => {
    for (const change of [{ cluster: 'cluster-2' }, { disk: 'disk-2' }]) {
      await expect(disk(change).open(KNOWN)).rejects.toMatchObject({ code: 'state-disk-token-wrong' });
    }
  });

  it('S26 opens no disk whose token was taken away or changed', async () => {
    const [token] = Object.values(metadata().tokens);
    for (const change of [
      null,
      { epoch: 7 },
      { version: 2 },
      { disk: 'disk-2' },
      { mac: 'A'.repeat(43) + '=' },
    ]) {
      const restore = copyOf('before');
      const cryptsetup = (parameters: string[], input = '') =>
        execFileSync('/usr/sbin/cryptsetup', ['token', ...parameters, '--disable-locks', place.device], {
          input,
        });
      if (change === null) cryptsetup(['remove', '--token-id', '0']);
      else {
        const parameters = ['import', '--token-id', '0', '--token-replace', '--json-file', '-'];
        cryptsetup(parameters, JSON.stringify({ ...token, ...change }));
      }
      await expect(open()).rejects.toMatchObject({ code: 'state-disk-token-wrong' });
      restore();
    }
    expect(await open()).toMatchObject({ report: { epoch: 2 } });
  });

  it('S26 opens no header that asks for less protection', async () => {
    const downgraded = disk({ activation: 'device-mapper' });
    await expect(downgraded.open(KNOWN)).rejects.toMatchObject({
      ...{ code: 'state-disk-header-refused', got: 'none', want: 'hmac(sha256)' },
    });
  });
});

describe('rollback', () => {
  it('reports an older copy, and opens it where an operator accepted that epoch', async () => {
    await disk().open(GRANT);
    const restore = copyOf('epoch-1');
    await open();
    await open({ epoch: 2 });
    restore();
    await expect(open({ epoch: 3 })).rejects.toMatchObject({ code: 'state-disk-rolled-back', epoch: 1 });
    await expect(open({ epoch: 3, acceptedEpoch: 2 })).rejects.toMatchObject({
      code: 'state-disk-rolled-back',
    });
    expect(await open({ epoch: 3, acceptedEpoch: 1 })).toMatchObject({
      report: { epoch: 4, rollback: 'none' },
    });
  });

  it('says when the disk is ahead of the record', async () => {
    await disk().open(GRANT);
    for (const epoch of [1, 2, 3]) await open({ epoch });
    expect(await open({ epoch: 3 })).toMatchObject({ report: { epoch: 5, rollback: 'unacknowledged' } });
    expect(await open({ epoch: 3 })).toMatchObject({ report: { epoch: 6, rollback: 'ahead' } });
  });

  it('reports a header from before a rotation, which the key of now cannot open', async () => {
    await disk().open(GRANT);
    const restore = copyOf('before');
    await open({ next: NEXT });
    await disk().retireOtherKeys(2);
    restore();
    await expect(open({ ...NEXT, epoch: 2 })).rejects.toMatchObject({
      code: 'state-disk-rolled-back',
      epoch: 1,
    });
  });
});

describe('rotation', () => {
  beforeEach(async () => void (await disk().open(GRANT)));

  it('opens with both keys until the server has recorded the next one', async () => {
    expect(await open({ next: NEXT })).toMatchObject({ report: { version: 2, epoch: 2 } });
    expect([opens(KEY), opens(NEXT.key)]).toEqual([true, true]);
    await disk().retireOtherKeys(2);
    expect([opens(KEY), opens(NEXT.key)]).toEqual([false, true]);
    expect(metadata().tokens).toEqual({ 1: expect.objectContaining({ version: 2 }) });
    expect(await open({ ...NEXT, epoch: 2 })).toMatchObject({ report: { version: 2, epoch: 3 } });
  });

  it('goes on where the report was lost, and takes no second keyslot', async () => {
    await open({ next: NEXT });
    expect(await open({ next: NEXT })).toMatchObject({
      report: { version: 2, epoch: 3, rollback: 'unacknowledged' },
    });
    expect(Object.keys(metadata().keyslots)).toEqual(['0', '1']);
  });

  it('opens with the present key where the record forgot the rotation', async () => {
    await open({ next: NEXT });
    expect(await open({ epoch: 2 })).toMatchObject({ report: { version: 1, epoch: 3 } });
    expect(await open({ next: NEXT, epoch: 3 })).toMatchObject({
      report: { version: 2, epoch: 4, rollback: 'none' },
    });
    expect(Object.keys(metadata().keyslots)).toEqual(['0', '1']);
  });

  it('removes nothing for a version that has no token, and nothing twice', async () => {
    await expect(disk().retireOtherKeys(2)).rejects.toMatchObject({ code: 'state-disk-token-wrong' });
    await open({ next: NEXT });
    await disk().retireOtherKeys(2);
    const before = readFileSync(place.device);
    await disk().retireOtherKeys(2);
    expect(readFileSync(place.device).equals(before)).toBe(true);
  });
});

it('takes discard only without integrity', () => {
  expect(() => disk({ activation: 'device-mapper', discard: true })).toThrow(
    expect.objectContaining({ code: 'discard-without-integrity-only' }),
  );
  expect(disk({ activation: 'device-mapper', discard: true, integrity: false }).place.discard).toBe(true);
});

function blankFile(path: string, size: number): void {
  writeFileSync(path, '');
  truncateSync(path, size);
}
