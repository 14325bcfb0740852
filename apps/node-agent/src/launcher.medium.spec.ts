import { sha256, toHex } from '@asterism/bytes';
import { createSoftwareTpm, openTpmUnixSocket } from '@asterism/tpm-device';
import { parseEventLog, planMeasuredLaunch, replayEventLog, Tpm } from '@asterism/tpm';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildBundle } from './testing/build-bundle.ts';

const MEASURED = [4, 7, 8, 9, 11];

/** Says what it was given, then waits to be told to stop; `EXIT_CODE` ends it at once. */
const PROGRAM = `
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
const seen = { pid: process.pid, self: process.argv[1], args: process.argv.slice(2), tpm: process.env.TPM, other: process.env.ASTERISM_SECRET ?? null };
writeFileSync(process.env.SEEN + '.new', JSON.stringify(seen));
renameSync(process.env.SEEN + '.new', process.env.SEEN);
if (process.env.EXIT_CODE) process.exit(Number(process.env.EXIT_CODE));
setInterval(() => undefined, 1000);
`;

interface LauncherStatus {
  readonly pid: number;
  readonly tpm: number;
  readonly child: number | null;
  readonly boot: number;
  readonly starts: number;
}

let launcherBundle: string;
let directory: string;
let launcher: ChildProcess;
let output: string;
const file = (name: string) => join(directory, name);

async function start(change: Record<string, unknown> = {}): Promise<LauncherStatus> {
  await writeFile(
    file('launcher.json'),
    JSON.stringify({
      schema: 'asterism/launcher/v1',
      tpmDirectory: file('tpm'),
      bundle: file('program.js'),
      sharedConfiguration: file('pool.json'),
      eventLog: file('event-log.bin'),
      runDirectory: file('run'),
      arguments: ['--shared', '{shared}', '--log={eventLog}'],
      environment: { TPM: '{tpm}', SEEN: file('seen.json') },
      stopWithStdin: true,
      statusFile: file('launcher-status.json'),
      ...change,
    }),
  );
  launcher = spawn(process.execPath, [launcherBundle, '--config', file('launcher.json')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ASTERISM_SECRET: 'not for the program' },
  });
  output = '';
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return until(({ child, pid }) => pid === launcher.pid && child !== null);
}

async function until(fits: (status: LauncherStatus) => boolean): Promise<LauncherStatus> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await wait(20)) {
    const text = await readFile(file('launcher-status.json'), 'utf8').catch(() => null);
    const status = text === null ? null : (JSON.parse(text) as LauncherStatus);
    if (status !== null && fits(status)) return status;
    if (launcher.exitCode !== null) break;
  }
  throw new Error(`launcher did not get there:\n${output}`);
}

/** What the program with this pid was given. */
async function seenBy(pid: number | null): Promise<Record<string, unknown>> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await wait(20)) {
    const text = await readFile(file('seen.json'), 'utf8').catch(() => '{}');
    const seen = JSON.parse(text) as Record<string, unknown>;
    if (seen['pid'] === pid) return seen;
  }
  throw new Error(`program ${pid} did not start:\n${output}`);
}

async function withTpm<T>(use: (tpm: Tpm) => Promise<T>): Promise<T> {
  const tpm = new Tpm(await openTpmUnixSocket(file('tpm/tpm.sock')));
  try {
    return await use(tpm);
  } finally {
    await tpm.close();
  }
}

async function readPcrs(pcrs: readonly number[]): Promise<Record<string, string>> {
  const values = await withTpm((tpm) => tpm.pcrRead('sha256', pcrs));
  return Object.fromEntries([...values].map(([pcr, value]) => [pcr, toHex(value)]));
}

async function planned(): Promise<Record<string, string>> {
  const { expectedPcrs } = await planMeasuredLaunch({
    agentBundle: new Uint8Array(await readFile(file('program.js'))),
    sharedConfiguration: new Uint8Array(await readFile(file('pool.json'))),
    kernelVersion: await readFile('/proc/version', 'utf8'),
    kernelCommandLine: await readFile('/proc/cmdline', 'utf8'),
  });
  return Object.fromEntries([...expectedPcrs].map(([pcr, value]) => [pcr, toHex(value)]));
}

/** Not a zombie either: in a container nobody may reap what the launcher left. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/^\d+ \(.*\) [ZX]/.test(stat);
}

async function untilGone(...pids: readonly (number | null)[]): Promise<void> {
  for (const deadline = Date.now() + 5_000; ; await wait(20)) {
    const running = await Promise.all(pids.map((pid) => isRunning(pid ?? 0)));
    if (!running.includes(true)) return;
    if (Date.now() > deadline) throw new Error(`still running: ${pids.join(', ')}`);
  }
}

async function exited(): Promise<number | null> {
  if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
  return launcher.exitCode;
}

beforeAll(async () => {
  launcherBundle = await buildBundle('launcher');
});
afterAll(() => rm(dirname(launcherBundle), { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asterism-launch-'));
  await createSoftwareTpm({ directory: file('tpm'), certificateAuthority: { directory: file('ca') } });
  await writeFile(file('program.js'), PROGRAM);
  await writeFile(file('pool.json'), '{"pool":"workers"}');
});
afterEach(async () => {
  launcher.kill('SIGKILL');
  await exited();
  await rm(directory, { recursive: true });
});

describe('measured boot', () => {
  it('puts into PCRs 4, 7, 8, 9 and 11 what planMeasuredLaunch computes, with a log that replays to them', async () => {
    await start();
    const values = await readPcrs(MEASURED);
    expect(values).toEqual(await planned());
    const log = parseEventLog(new Uint8Array(await readFile(file('event-log.bin'))));
    const replayed = await replayEventLog(log, 'sha256');
    expect(Object.fromEntries([...replayed].map(([pcr, value]) => [pcr, toHex(value)]))).toEqual(values);
  });

  it('runs the copies that it measured, with what the placeholders stand for and nothing of its own environment', async () => {
    const { child } = await start();
    const seen = await seenBy(child);
    expect(seen).toEqual({
      pid: child,
      self: file('run/program.mjs'),
      args: ['--shared', file('run/shared.json'), `--log=${file('event-log.bin')}`],
      tpm: `unix:${file('tpm/tpm.sock')}`,
      other: null,
    });
    const copy = await readFile(file('run/program.mjs'));
    expect(toHex(await sha256(copy))).toBe(toHex(await sha256(await readFile(file('program.js')))));
    expect(await readFile(file('run/shared.json'), 'utf8')).toBe('{"pool":"workers"}');
  });

  it('moves PCR 4 and no other when the bundle differs by one byte', async () => {
    await start();
    const before = await readPcrs(MEASURED);
    await appendFile(file('program.js'), '\n');
    launcher.kill('SIGUSR2');
    await until(({ boot, child }) => boot === 2 && child !== null);
    const after = await readPcrs(MEASURED);
    expect(after).toEqual(await planned());
    expect(MEASURED.filter((pcr) => before[pcr] !== after[pcr])).toEqual([4]);
  });
});

describe('a program that crashes', () => {
  it('starts again on the same boot: the TPM is not reset, and what was measured runs, not what is there now', async () => {
    const first = await start();
    await seenBy(first.child);
    await withTpm((tpm) => tpm.pcrExtend(15, new Map([['sha256', new Uint8Array(32).fill(1)]])));
    const locked = await readPcrs([15]);
    await writeFile(file('program.js'), 'process.exit(9)');
    process.kill(first.child ?? 0, 'SIGKILL');
    const second = await until(({ starts, child }) => starts === 2 && child !== null);
    expect(second).toMatchObject({ boot: 1, tpm: first.tpm });
    await seenBy(second.child);
    expect(await readPcrs([15])).toEqual(locked);
  });

  it('ends the machine with exit code 2 when it says that starting it again cannot help', async () => {
    await start({ environment: { SEEN: file('seen.json'), EXIT_CODE: '2' } }).catch(() => undefined);
    expect(await exited()).toBe(2);
    const { tpm } = JSON.parse(await readFile(file('launcher-status.json'), 'utf8')) as LauncherStatus;
    await untilGone(tpm);
  });
});

describe('reboot and end', () => {
  it.each(['SIGUSR2', 'SIGHUP'] as const)(
    '%s resets the TPM, measures again and starts the program anew',
    async (signal) => {
      const first = await start();
      await seenBy(first.child);
      await withTpm((tpm) => tpm.pcrExtend(15, new Map([['sha256', new Uint8Array(32).fill(1)]])));
      launcher.kill(signal);
      const second = await until(({ boot, child }) => boot === 2 && child !== null);
      expect(second.tpm).toBe(first.tpm);
      await seenBy(second.child);
      await untilGone(first.child);
      expect(await readPcrs([15])).toEqual({ 15: '00'.repeat(32) });
      expect(await readPcrs(MEASURED)).toEqual(await planned());
    },
  );

  it('SIGTERM ends the program, then the TPM, and leaves no process', async () => {
    const { child, tpm } = await start();
    await seenBy(child);
    launcher.kill('SIGTERM');
    expect(await exited()).toBe(0);
    await untilGone(child, tpm);
  });

  it('stops when its standard input closes', async () => {
    const { child, tpm } = await start();
    launcher.stdin?.end();
    expect(await exited()).toBe(0);
    await untilGone(child, tpm);
  });

  it('takes everything with it when it is killed, and boots again from there', async () => {
    const first = await start();
    launcher.kill('SIGKILL');
    await exited();
    await untilGone(first.child, first.tpm);
    const second = await start();
    await seenBy(second.child);
    expect(await readPcrs(MEASURED)).toEqual(await planned());
  });

  it('says which field of its configuration does not fit, and starts nothing', async () => {
    await start({ runDirectory: 'relative', tpmDirectory: 3 }).catch(() => undefined);
    expect(await exited()).toBe(2);
    expect(output).toContain('launcher.json: tpmDirectory: ');
    expect(output).toContain('runDirectory: not an absolute path');
  });
});
