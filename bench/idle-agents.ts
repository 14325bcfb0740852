import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE, WORKSPACE } from '../apps/cli/src/workspace.ts';
import { memoryOf } from './processes.ts';

const START_MS = 120_000;

/** Resident memory in MiB of each agent of a real `asterism up` that has had nothing to do for a while. */
export async function measureIdleAgents(nodes: number, idleMs: number): Promise<readonly number[]> {
  const data = await mkdtemp(join(tmpdir(), 'asterism-bench-up-'));
  const readyFile = join(data, '..', `${data.split('/').at(-1)}.json`);
  const options = ['--nodes', String(nodes), '--data', data, '--ready-file', readyFile, '--no-console'];
  const ports = ['--api-port', '0', '--node-port', '0'];
  const up = spawn(NODE, [join(WORKSPACE, 'apps/cli/src/main.ts'), 'up', ...options, ...ports], {
    stdio: 'ignore',
  });
  const ended = once(up, 'exit');
  try {
    await untilThere(readyFile, () => up.exitCode === null);
    await delay(idleMs);
    return await Promise.all((await agentsOf(data)).map(async (pid) => (await memoryOf(pid)).resident));
  } finally {
    if (up.exitCode === null) up.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
    await rm(readyFile, { force: true });
  }
}

async function untilThere(file: string, isRunning: () => boolean): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && isRunning()) {
    if ((await readFile(file).catch(() => null)) !== null) return;
    await delay(100);
  }
  throw new Error('asterism up does not start');
}

async function agentsOf(data: string): Promise<readonly number[]> {
  const machines = join(data, 'machines');
  const texts = await Promise.all(
    (await readdir(machines)).map((name) =>
      readFile(join(machines, name, 'status.json'), 'utf8').catch(() => null),
    ),
  );
  return texts.flatMap((text) => (text === null ? [] : [(JSON.parse(text) as { pid: number }).pid]));
}
