import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';
import { Guard } from './guard.ts';
import { claimPort } from './ports.ts';
import { Supervised, type ProcessEnd } from './supervised.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asterism up ß-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('data directory', () => {
  it('is made with its version and opened again', async () => {
    const path = join(folder, 'deep/er');
    const first = await openDataDirectory(path);
    expect(await readFile(join(path, 'version'), 'utf8')).toBe('1\n');
    expect(await openDataDirectory(path)).toEqual(first);
  });

  it('of a newer version is refused and left as it is', async () => {
    await writeFile(join(folder, 'version'), '2\n');
    await expect(openDataDirectory(folder)).rejects.toMatchObject({
      code: 'data-directory-newer',
      got: 2,
      want: 1,
    });
    expect(await readdir(folder)).toEqual(['version']);
  });

  it.each(['', '1', 'one\n', '0\n', '-1\n', '1\n1\n'])(
    'with the version file %j is damaged',
    async (text) => {
      await writeFile(join(folder, 'version'), text);
      await expect(openDataDirectory(folder)).rejects.toMatchObject({ code: 'data-directory-damaged' });
    },
  );

  it('is not taken over when it is full of something else', async () => {
    await mkdir(join(folder, 'photos'));
    await expect(openDataDirectory(folder)).rejects.toMatchObject({ code: 'data-directory-foreign' });
    expect(await readdir(folder)).toEqual(['photos']);
  });

  it.each(['/proc/asterism', '/dev/null/asterism'])('%s cannot be written', async (path) => {
    await expect(openDataDirectory(path)).rejects.toMatchObject({ code: 'data-directory-unwritable' });
  });
});

describe('ports', () => {
  it('names who holds a busy one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(claimPort('--api-port', port, new Set())).rejects.toMatchObject({
      code: 'port-busy',
      message: expect.stringMatching(
        new RegExp(`port ${port} is held by .* \\(pid ${process.pid}\\); .*--api-port`),
      ),
    });
    server.close();
  });

  it('finds a free one for 0, and not one that is spoken for', async () => {
    const port = await claimPort('--api-port', 0, new Set());
    expect(port).toBeGreaterThan(0);
    await expect(claimPort('--node-port', port, new Set([port]))).rejects.toMatchObject({
      code: 'port-busy',
    });
  });
});

describe('supervision', () => {
  it('lets one start work on a data directory at a time', async () => {
    const directory = await openDataDirectory(folder);
    const guard = await Guard.acquire(directory);
    await expect(Guard.acquire(directory)).rejects.toMatchObject({
      code: 'data-directory-in-use',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    await guard.release();
    await (await Guard.acquire(directory)).release();
  });

  it('starts a process again with growing pauses, keeps its output, and stops its whole group', async () => {
    const directory = await openDataDirectory(folder);
    const guard = await Guard.acquire(directory);
    const ends: ProcessEnd[] = [];
    const logFile = join(directory.logs, 'child.log');
    const child = new Supervised({
      name: 'child',
      command: 'sh',
      args: [
        '-c',
        // Counts its own starts: the log is written by the parent and may lag.
        'echo x >>"$0"; echo started; [ $(wc -l <"$0") -lt 3 ] && exit 7; sleep 300 & echo pid $!; wait',
        join(folder, 'starts'),
      ],
      env: process.env,
      cwd: folder,
      logFile,
      guard,
      restart: true,
      onExit: (end) => ends.push(end),
    });
    child.start();
    await until(async () => /pid \d+/.test(await readFile(logFile, 'utf8').catch(() => '')));
    const grandchild = Number(/pid (\d+)/.exec(await child.tail(5))?.[1]);
    expect(ends.map(({ code, restartsIn }) => [code, restartsIn])).toEqual([
      [7, 250],
      [7, 500],
    ]);
    await child.stop(1_000);
    await until(async () => !isAlive(grandchild));
    expect(child.running).toBe(false);
    await guard.release();
  });

  it('ends the children when their parent dies without a word', async () => {
    const directory = await openDataDirectory(folder);
    const program = `
      import { openDataDirectory } from ${JSON.stringify(join(import.meta.dirname, 'data-directory.ts'))};
      import { Guard } from ${JSON.stringify(join(import.meta.dirname, 'guard.ts'))};
      import { Supervised } from ${JSON.stringify(join(import.meta.dirname, 'supervised.ts'))};
      const directory = await openDataDirectory(${JSON.stringify(directory.root)});
      const guard = await Guard.acquire(directory);
      const child = new Supervised({ name: 'child', command: 'sleep', args: ['300'], env: process.env, cwd: '/',
        logFile: directory.logs + '/child.log', guard, restart: true });
      child.start();
      console.log(child.pid);
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200);`;
    const { spawn } = await import('node:child_process');
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => parent.once('close', resolve));
    const child = Number(output.trim());
    expect(child).toBeGreaterThan(1);
    await until(async () => !isAlive(child));
    // The next start waits for the guard of the dead one.
    await (await Guard.acquire(directory)).release();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await delay(50);
  }
  throw new Error('waited 10 s in vain');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
