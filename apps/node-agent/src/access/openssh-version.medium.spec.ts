import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledOpenssh, isOlder, OLDEST } from './openssh-version.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism-sshd-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that says this of itself where it is asked. */
async function sshdSaying(text: string, code = 0): Promise<string> {
  const file = join(folder, 'sshd');
  await writeFile(file, `#!/bin/sh\necho '${text}' >&2\nexit ${code}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('the version of an sshd', () => {
  it.each([
    ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026', 0, 9, 2],
    ['OpenSSH_10.3p1, LibreSSL 4.0.0', 0, 10, 3],
    // Before 8.9 there is no -V: it complains, and says who it is.
    [
      'unknown option -- V\nOpenSSH_8.4p1 Debian-5+deb11u3, OpenSSL 1.1.1w  11 Sep 2023\nusage: sshd',
      1,
      8,
      4,
    ],
  ])('is read from %s', async (text, code, major, minor) => {
    expect(await new InstalledOpenssh(await sshdSaying(text, code)).read()).toMatchObject({ major, minor });
  });

  it('is none where it is another program, or not there', async () => {
    expect(await new InstalledOpenssh(await sshdSaying('Dropbear v2022.83')).read()).toBeUndefined();
    expect(await new InstalledOpenssh(join(folder, 'nothing')).read()).toBeUndefined();
  });

  it.each([
    ['OpenSSH_10.3p1', false, false],
    ['OpenSSH_11.0p1', false, false],
    ['OpenSSH_10.2p1', false, true],
    ['OpenSSH_9.2p1', false, true],
    ['OpenSSH_9.2p1', true, false],
  ])('%s, mended by its packagers %s, may have CVE-2026-35414: %s', async (text, mended, mayBeVulnerable) => {
    const installed = new InstalledOpenssh(await sshdSaying(text), () => Promise.resolve(mended));
    expect(await installed.read()).toMatchObject({ mayBeVulnerable });
  });

  it('of this machine is known to its packagers', async () => {
    expect(await new InstalledOpenssh('/usr/sbin/sshd').read()).toMatchObject({ mayBeVulnerable: false });
  });

  it('is asked for again once it was updated', async () => {
    const installed = new InstalledOpenssh(await sshdSaying('OpenSSH_9.2p1'));
    expect(await installed.read()).toMatchObject({ major: 9 });
    await sshdSaying('OpenSSH_10.3p1, and longer');
    expect(await installed.read()).toMatchObject({ major: 10 });
  });

  it.each([
    [8, 1, true],
    [8, 2, false],
    [7, 9, true],
    [10, 0, false],
  ])('%i.%i is too old: %s', (major, minor, old) => {
    expect(isOlder({ major, minor }, OLDEST)).toBe(old);
  });
});
