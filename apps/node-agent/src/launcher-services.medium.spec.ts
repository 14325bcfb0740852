import { createSoftwareTpm } from '@asterism/tpm-device';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildBundle } from './testing/build-bundle.ts';

/** Leaves a process that is nobody's child and of no session of it, as a user of a machine may. */
const SERVICE =
  'setsid --fork sh -c \'echo $$ >> "$0"; exec sleep 1000\' "$1"; echo $$ >> "$0"; exec sleep 1000';

let bundle: string;
let directory: string;
let launcher: ChildProcess;
let bystander: ChildProcess;
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  bundle = await buildBundle('launcher');
});
afterAll(() => rm(dirname(bundle), { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'asterism-launch-'));
  await createSoftwareTpm({ directory: file('tpm'), certificateAuthority: { directory: file('ca') } });
  await writeFile(file('program.js'), 'setInterval(() => undefined, 1000);');
  await writeFile(file('pool.json'), '{}');
  bystander = spawn('sleep', ['1000']);
  await boot();
});
afterEach(async () => {
  bystander.kill();
  launcher.kill('SIGKILL');
  if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
  for (const pid of [...(await pidsIn('services')), ...(await pidsIn('left'))]) {
    if (await isRunning(pid)) process.kill(pid, 'SIGKILL');
  }
  await rm(directory, { recursive: true });
});

async function boot(): Promise<void> {
  await writeFile(
    file('launcher.json'),
    JSON.stringify({
      ...{ schema: 'asterism/launcher/v1', tpmDirectory: file('tpm'), runDirectory: file('run') },
      ...{ bundle: file('program.js'), sharedConfiguration: file('pool.json'), eventLog: file('log.bin') },
      services: [{ name: 'sshd', command: ['sh', '-c', SERVICE, file('services'), file('left')] }],
      statusFile: file('status.json'),
    }),
  );
  const command = ['--mount', '--propagation', 'private', process.execPath, bundle];
  launcher = spawn('unshare', [...command, '--config', file('launcher.json')], { stdio: 'ignore' });
  await untilStarted(1);
  await until(async () => (await readFile(file('status.json'), 'utf8').catch(() => '')) !== '');
}

async function pidsIn(name: string): Promise<number[]> {
  const text = await readFile(file(name), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

async function untilStarted(times: number): Promise<void> {
  await until(async () => {
    const [services, left] = [await pidsIn('services'), await pidsIn('left')];
    return services.length >= times && left.length >= times;
  });
}

async function until(fits: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await fits()); await wait(20)) {
    if (Date.now() > deadline) throw new Error('the launcher did not get there');
  }
}

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/^\d+ \(.*\) [ZX]/.test(stat);
}

async function running(pids: readonly number[]): Promise<boolean[]> {
  return Promise.all(pids.map(isRunning));
}

describe('a service of a machine', () => {
  it('starts again when it ends', async () => {
    const [first = 0] = await pidsIn('services');
    process.kill(first, 'SIGKILL');
    await untilStarted(2);
    expect(await running(await pidsIn('services'))).toEqual([false, true]);
  });

  it('ends at a reboot, with what was left running on the machine, and starts anew', async () => {
    const { tpm } = JSON.parse(await readFile(file('status.json'), 'utf8')) as { tpm: number };
    launcher.kill('SIGUSR2');
    await untilStarted(2);
    expect(await running(await pidsIn('services'))).toEqual([false, true]);
    expect(await running(await pidsIn('left'))).toEqual([false, true]);
    // Neither the TPM, which only was reset, nor what is of another machine.
    expect(await running([tpm, bystander.pid ?? 0])).toEqual([true, true]);
  });

  it('ends with the machine, and so does what was left running on it', async () => {
    launcher.kill('SIGTERM');
    await once(launcher, 'exit');
    expect(await running([...(await pidsIn('services')), ...(await pidsIn('left'))])).toEqual([false, false]);
    expect(await isRunning(bystander.pid ?? 0)).toBe(true);
  });

  it('ends when the launcher is killed', async () => {
    const [service = 0] = await pidsIn('services');
    launcher.kill('SIGKILL');
    await until(async () => !(await isRunning(service)));
  });
});
