import { serveGuest } from '@asterism/testkit/guest-machine';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GUEST_ADDRESS, MACHINE, STATE } from './addresses.ts';

const run = promisify(execFile);
let agent: ChildProcess | null = null;

/** What a test has a guest do: it is a machine with a network, a folder of its own, and the agent. */
await serveGuest({
  /** @param folder of the host, the only place on it that the guest can write */
  setUp: async (folder: string) => {
    for (const path of [MACHINE, STATE]) mkdirSync(path);
    await run('mount', ['-t', 'hostfs', '-o', folder, 'none', MACHINE]);
    await run('ip', ['link', 'set', 'lo', 'up']);
    await run('ip', ['address', 'add', `${GUEST_ADDRESS}/24`, 'dev', 'eth0']);
    await run('ip', ['link', 'set', 'eth0', 'up']);
  },
  /** With the capabilities that deploy/systemd leaves it, and one more: no udev makes the nodes of mappings here. */
  startAgent: () => {
    const log = openSync(`${MACHINE}/agent.log`, 'a');
    const files = ['--config', `${MACHINE}/agent.json`, '--shared', `${MACHINE}/shared.json`];
    const limits = [
      '--bounding-set',
      '-all,+sys_admin,+ipc_lock,+syslog,+mknod',
      '--inh-caps',
      '-all',
      '--no-new-privs',
    ];
    agent = spawn('setpriv', [...limits, '--', process.execPath, `${MACHINE}/agent.mjs`, ...files], {
      stdio: ['ignore', log, log],
    });
  },
  endAgent: async (signal: NodeJS.Signals) => {
    if (agent === null) throw new Error('no agent runs');
    const exited = once(agent, 'exit');
    agent.kill(signal);
    await exited;
  },
  /** Random bytes after a known text; on the disk when it returns. The serial line is no way for so many. */
  write: async ({ file, text, length }: { file: string; text: string; length: number }) => {
    await using handle = await open(file, 'w');
    await handle.writeFile(randomBytes(length).fill(text, 0, 4_096));
    await handle.sync();
  },
  run: async ([program = '', ...parameters]: readonly string[]) =>
    (await run(program, parameters, { maxBuffer: 1 << 20 })).stdout,
});
