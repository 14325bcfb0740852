import { toHex } from '@asterism/bytes';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKek, keyFileSeal, openKek } from '../index.ts';

describe('key file seal', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'asterism-keys-'));
    path = join(directory, 'seal.key');
    await writeFile(path, randomBytes(32), { mode: 0o600 });
  });
  afterEach(() => rm(directory, { recursive: true }));
  const options = () => ({ path, allowed: true, random: randomBytes });

  it('seals a KEK that the same file opens', async () => {
    const { kek, sealed } = await createKek(await keyFileSeal(options()), randomBytes);
    expect(toHex(await openKek(await keyFileSeal(options()), sealed))).toBe(toHex(kek));
  });

  it('S25 does not open with another file, and changes neither file nor sealed key', async () => {
    const { sealed } = await createKek(await keyFileSeal(options()), randomBytes);
    const before = toHex(sealed);
    const other = randomBytes(32);
    await writeFile(path, other);
    await expect(openKek(await keyFileSeal(options()), sealed)).rejects.toMatchObject({ code: 'seal-wrong' });
    expect(toHex(await readFile(path))).toBe(toHex(other));
    expect(toHex(sealed)).toBe(before);
  });

  it('is refused unless the configuration allows it', async () => {
    await expect(keyFileSeal({ ...options(), allowed: false })).rejects.toMatchObject({
      code: 'key-file-not-allowed',
    });
  });

  it.each([0o644, 0o640, 0o700, 0o400])('refuses mode %o', async (mode) => {
    await chmod(path, mode);
    await expect(keyFileSeal(options())).rejects.toMatchObject({ code: 'key-file-mode', want: '0600' });
  });

  it('refuses a missing file, a link and a wrong length', async () => {
    const link = join(directory, 'link');
    await symlink(path, link);
    for (const wrong of [join(directory, 'none'), link]) {
      await expect(keyFileSeal({ ...options(), path: wrong })).rejects.toMatchObject({
        code: 'key-file-invalid',
      });
    }
    await writeFile(path, randomBytes(31));
    await expect(keyFileSeal(options())).rejects.toMatchObject({ code: 'key-file-invalid', got: 31 });
  });
});
