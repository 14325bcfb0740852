import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Tpm } from '@asterism/tpm';
import { powerCycle } from './control-channel.ts';
import { STATE_FILE } from './create-software-tpm.ts';
import { TpmDeviceError } from './errors.ts';
import { socketPath } from './socket-path.ts';
import { programMissing } from './software-tpm-authority.ts';
import { isListening, openTpmUnixSocket } from './stream.ts';

/** A running software TPM, on and started up. */
export interface SoftwareTpm {
  /** Raw TPM commands; one client at a time. */
  readonly dataSocket: string;
  readonly controlSocket: string;
  readonly pid: number;
  /** Settles when the process has ended, on its own or by `stop`. */
  readonly exited: Promise<void>;
  /** Powers the TPM off and on as a reboot of the machine does. Close the data socket's client first. */
  reboot(): Promise<void>;
  /** Ends the process; does nothing where it has ended. */
  stop(): Promise<void>;
}

const START_DEADLINE = 10_000;
const STOP_DEADLINE = 5_000;
const ORDERLY_DEADLINE = 1_000;
const POLL = 5;
const MAX_OUTPUT = 2048;

/**
 * setpriv (util-linux, on every Debian) has the kernel end swtpm when this process ends, however it ends. swtpm's own
 * `--terminate` ends it with the first connection, which is too early.
 */
function launch(state: string, data: string, control: string): ChildProcess {
  const swtpm = ['swtpm', 'socket', '--tpm2', '--tpmstate', `dir=${state}`];
  const channels = [
    '--server',
    `type=unixio,path=${data},mode=0600`,
    '--ctrl',
    `type=unixio,path=${control},mode=0600`,
  ];
  const flags = ['--flags', 'not-need-init,startup-clear'];
  return spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...swtpm, ...channels, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  });
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** On both sockets: swtpm opens them one after the other. */
async function untilListening(
  child: ChildProcess,
  sockets: readonly string[],
  output: () => string,
): Promise<void> {
  const until = Date.now() + START_DEADLINE;
  while (Date.now() < until) {
    if (ended(child)) {
      if (/No such file or directory/.test(output()) && /swtpm/.test(output()))
        throw programMissing('swtpm', 'swtpm');
      throw new TpmDeviceError('start-failed', `swtpm ended at once: ${output().trim()}`, {
        got: child.exitCode,
      });
    }
    if ((await Promise.all(sockets.map(isListening))).every(Boolean)) return;
    await pause(POLL);
  }
  child.kill('SIGKILL');
  throw new TpmDeviceError('start-failed', `swtpm does not listen: ${output().trim()}`);
}

async function send(data: string, command: (tpm: Tpm) => Promise<void>): Promise<void> {
  const tpm = new Tpm(await openTpmUnixSocket(data));
  try {
    await command(tpm);
  } finally {
    await tpm.close();
  }
}

/** As an operating system does before power goes; without it the TPM counts a possible attack (Part 1 §19.8.6). */
async function orderlyShutdown(data: string): Promise<void> {
  const attempt = send(data, (tpm) => tpm.shutdown('clear')).catch(() => undefined);
  await Promise.race([attempt, pause(ORDERLY_DEADLINE, undefined, { ref: false })]);
}

/**
 * Starts the software TPM that `createSoftwareTpm` made in `directory`; its sockets are there too. It ends with this
 * process. Starting is a reset: PCRs are zero and resetCount moves.
 * @throws TpmDeviceError `path-too-long` | `already-running` | `program-missing` | `start-failed` | `unreachable`
 */
export async function startSoftwareTpm(input: { readonly directory: string }): Promise<SoftwareTpm> {
  const directory = path.resolve(input.directory);
  const [data, control] = [socketPath(directory, 'tpm.sock'), socketPath(directory, 'ctrl.sock')];
  await access(path.join(directory, STATE_FILE), constants.R_OK).catch((cause: unknown) => {
    throw new TpmDeviceError('unreachable', `no software TPM in ${directory}`, { cause });
  });
  if (await isListening(control)) {
    throw new TpmDeviceError('already-running', `the software TPM in ${directory} is running already`);
  }
  await Promise.all([rm(data, { force: true }), rm(control, { force: true })]);
  const child = launch(directory, data, control);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(programMissing('setpriv', 'util-linux')));
  });
  await untilListening(child, [control, data], () => output);
  return {
    dataSocket: data,
    controlSocket: control,
    pid: child.pid ?? 0,
    exited,
    reboot: async () => {
      await orderlyShutdown(data);
      await powerCycle(control);
      await send(data, (tpm) => tpm.startup('clear'));
    },
    stop: () => stop(child, exited, data),
  };
}

async function stop(child: ChildProcess, exited: Promise<void>, data: string): Promise<void> {
  if (ended(child)) return;
  await orderlyShutdown(data);
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE);
  await exited;
  clearTimeout(late);
}
