import { toHex } from '@asterism/bytes';
import { softwareTpms, type SoftwareTpms } from '@asterism/testkit';
import {
  createAk,
  createEk,
  decodeAttest,
  loadAk,
  readEkCertificates,
  Tpm,
  type AkBlobs,
} from '@asterism/tpm';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSoftwareTpm, STATE_FILE } from './create-software-tpm.ts';
import { readSoftwareTpmAuthority } from './software-tpm-authority.ts';
import { startSoftwareTpm, type SoftwareTpm } from './start-software-tpm.ts';
import { openTpmUnixSocket } from './stream.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const DIGEST = new Map([['sha256', new Uint8Array(32).fill(7)]] as const);

let tpms: SoftwareTpms;
beforeAll(async () => {
  tpms = await softwareTpms();
});
afterAll(() => tpms.remove());

async function withTpm<T>(device: SoftwareTpm, use: (tpm: Tpm) => Promise<T>): Promise<T> {
  const tpm = new Tpm(await openTpmUnixSocket(device.dataSocket));
  try {
    return await use(tpm);
  } finally {
    await tpm.close();
  }
}

const ekName = (device: SoftwareTpm) =>
  withTpm(device, async (tpm) => {
    const ek = await createEk(tpm, 'L-2');
    await tpm.flush(ek);
    return toHex(ek.name);
  });

/** Under one key, because the TPM disguises its counters for each. */
const clockOf = (device: SoftwareTpm, blobs: AkBlobs) =>
  withTpm(device, async (tpm) => {
    const ak = await loadAk(tpm, blobs);
    const { quote } = await tpm.quote(ak, new Uint8Array(), 'sha256', [16]);
    await tpm.flush(ak);
    return decodeAttest(quote).clockInfo;
  });

/** Waits a while for the end; a process that nobody has reaped yet (Z) has ended. */
async function isRunning(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || / Z /.test(stat)) return false;
    await pause(20);
  }
  return true;
}

/** Those that still run after a second, by command line. */
async function emulatorsIn(directory: string): Promise<string[]> {
  let commands: string[] = [];
  for (let i = 0; i < 50; i++) {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    commands = lines.filter((line) => line.includes('swtpm\0') && line.includes(directory));
    if (commands.length === 0) break;
    await pause(20);
  }
  return commands;
}

describe('createSoftwareTpm', () => {
  it('makes a TPM once: the next call leaves it as it is, and so does one at the same time', async () => {
    const input = { directory: join(tpms.directory, 'once'), certificateAuthority: tpms.authority };
    expect((await Promise.all([createSoftwareTpm(input), createSoftwareTpm(input)])).sort()).toEqual([
      false,
      true,
    ]);
    const before = await tpms.start('once');
    const name = await ekName(before);
    await before.stop();
    expect(await createSoftwareTpm(input)).toBe(false);
    expect(await ekName(await tpms.start('once'))).toBe(name);
  });

  it('gives each its own keys under one authority', async () => {
    const devices = await Promise.all(['x', 'y'].map((name) => tpms.start(name)));
    expect(new Set(await Promise.all(devices.map(ekName))).size).toBe(2);
    for (const device of devices) {
      const { certificates } = await withTpm(device, readEkCertificates);
      expect(certificates).toHaveLength(2);
    }
    const { root, issuer } = await readSoftwareTpmAuthority(tpms.authority);
    expect(root).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(issuer).not.toBe(root);
  });

  it('S34 killed at any moment leaves no half-made TPM, and the next call makes a whole one', async () => {
    const directory = join(tpms.directory, 'killed');
    const input = { directory, certificateAuthority: tpms.authority };
    const script = `import { createSoftwareTpm } from '@asterism/tpm-device';
      await createSoftwareTpm(${JSON.stringify(input)});`;
    await mkdir(directory);
    const setups = () => readdirSync(directory).filter((name) => name.startsWith('.setup-'));
    for (const after of [0, 60, 150]) {
      const before = setups();
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        cwd: REPOSITORY,
        stdio: 'ignore',
      });
      const ended = new Promise((done) => child.once('exit', done));
      while (child.exitCode === null && !setups().some((name) => !before.includes(name))) await pause(5);
      await pause(after);
      child.kill('SIGKILL');
      await ended;
      expect(existsSync(join(directory, STATE_FILE)), `${after} ms after its begin`).toBe(false);
    }
    expect(setups()).toHaveLength(1);
    expect(await emulatorsIn(directory), 'that its set-up left').toEqual([]);
    expect(await createSoftwareTpm(input)).toBe(true);
    expect(readdirSync(directory)).toEqual([STATE_FILE]);
    await ekName(await tpms.start('killed'));
  });

  it('does not take a folder whose name could write into the authority’s configuration', async () => {
    const certificateAuthority = { directory: join(tpms.directory, 'ca\nsigningkey = x') };
    const made = createSoftwareTpm({ directory: join(tpms.directory, 'no'), certificateAuthority });
    await expect(made).rejects.toMatchObject({ name: 'TpmDeviceError', code: 'address-invalid' });
  });

  it('has no authority to show before its first TPM', async () => {
    const nowhere = { directory: join(tpms.directory, 'nowhere') };
    await expect(readSoftwareTpmAuthority(nowhere)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('startSoftwareTpm', () => {
  it('is a reset, and so is reboot: PCRs are zero and resetCount moves', async () => {
    const device = await tpms.start('reset');
    const blobs = await withTpm(device, (tpm) => createAk(tpm, { type: 'ecc' }));
    const first = await clockOf(device, blobs);
    await withTpm(device, (tpm) => tpm.pcrExtend(16, DIGEST));
    await device.reboot();
    const second = await clockOf(device, blobs);
    const next = (count: number) => (count + 1) >>> 0;
    expect(second).toMatchObject({
      ...first,
      clock: second.clock,
      resetCount: next(first.resetCount),
      safe: true,
    });
    expect(await withTpm(device, (tpm) => tpm.pcrRead('sha256', [16]))).toEqual(
      new Map([[16, new Uint8Array(32)]]),
    );
    await withTpm(device, (tpm) => tpm.pcrExtend(16, DIGEST));
    await device.stop();
    const again = await tpms.start('reset');
    expect((await clockOf(again, blobs)).resetCount).toBe(next(second.resetCount));
    expect(await withTpm(again, (tpm) => tpm.pcrRead('sha256', [16]))).toEqual(
      new Map([[16, new Uint8Array(32)]]),
    );
  });

  it('refuses to start one twice, and the first goes on', async () => {
    const device = await tpms.start('twice');
    const second = startSoftwareTpm({ directory: join(tpms.directory, 'twice') });
    await expect(second).rejects.toMatchObject({ name: 'TpmDeviceError', code: 'already-running' });
    await ekName(device);
  });

  it('is stopped once and for all, however often it is asked', async () => {
    const device = await tpms.start('stopped');
    await Promise.all([device.stop(), device.stop()]);
    await device.stop();
    await device.exited;
    expect(await isRunning(device.pid)).toBe(false);
    await expect(openTpmUnixSocket(device.dataSocket)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('S34 starts again after a kill -9, whose sockets are still there', async () => {
    const device = await tpms.start('crashed');
    const name = await ekName(device);
    process.kill(device.pid, 'SIGKILL');
    await device.exited;
    expect(existsSync(device.dataSocket)).toBe(true);
    expect(await ekName(await tpms.start('crashed'))).toBe(name);
  });

  it('S34 leaves no swtpm when the process that started it is killed', async () => {
    const directory = join(tpms.directory, 'orphan');
    await createSoftwareTpm({ directory, certificateAuthority: tpms.authority });
    const script = `import { startSoftwareTpm } from '@asterism/tpm-device';
      console.log((await startSoftwareTpm(${JSON.stringify({ directory })})).pid);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: REPOSITORY });
    const pid = Number(await new Promise((done) => child.stdout.once('data', (text) => done(String(text)))));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    child.kill('SIGKILL');
    expect(await isRunning(pid)).toBe(false);
  });

  it('refuses a folder without a TPM, and one too deep for a socket', async () => {
    const start = (directory: string) => startSoftwareTpm({ directory });
    await expect(start(join(tpms.directory, 'empty'))).rejects.toMatchObject({ code: 'unreachable' });
    const deep = join(tpms.directory, 'd'.repeat(100));
    await expect(start(deep)).rejects.toMatchObject({ code: 'path-too-long', want: 107 });
  });
});

describe('programs that are not installed', () => {
  const { PATH } = process.env;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asterism-path-'));
    await mkdir(join(folder, 'with'));
    await symlink('/usr/bin/setpriv', join(folder, 'with', 'setpriv'));
  });
  afterEach(() => {
    process.env['PATH'] = PATH;
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['setpriv', 'util-linux', ''],
    ['swtpm', 'swtpm', 'with'],
  ])('%s: Debian package %s is named', async (got, want, path) => {
    const directory = join(tpms.directory, 'programs');
    await createSoftwareTpm({ directory, certificateAuthority: tpms.authority });
    process.env['PATH'] = join(folder, path);
    await expect(startSoftwareTpm({ directory })).rejects.toMatchObject({
      code: 'program-missing',
      got,
      want,
    });
  });

  it('swtpm_setup: Debian package swtpm-tools is named, and nothing is left behind', async () => {
    process.env['PATH'] = join(folder, 'with');
    const directory = join(tpms.directory, 'unmade');
    const made = createSoftwareTpm({ directory, certificateAuthority: tpms.authority });
    await expect(made).rejects.toMatchObject({
      code: 'program-missing',
      got: 'swtpm_setup',
      want: 'swtpm-tools',
    });
    expect(readdirSync(directory)).toEqual([]);
  });
});
