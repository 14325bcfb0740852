import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE } from '../workspace.ts';
import { writeAtomically, type DataDirectory } from './data-directory.ts';
import type { Guard } from './guard.ts';
import { LAUNCHER } from './layout.ts';
import type { Machine } from './machine.ts';
import type { SshServer } from './ssh-server.ts';
import { Supervised, type ProcessEnd } from './supervised.ts';

/** What a machine runs, apart from its TPM. */
export interface Software {
  /** Copied into the machine's folder, from where its launcher measures and starts it. */
  readonly bundle: string;
  readonly sharedConfiguration: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: the machine has no sshd. */
  readonly ssh?: Pick<SshServer, 'service' | 'enter'>;
}

export interface Host {
  readonly directory: DataDirectory;
  readonly guard: Guard;
  /** Of this process; what machines get of it is said here. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly onExit: (end: ProcessEnd) => void;
}

/** Programs that a machine may call, and time: nothing else of our environment reaches it. */
const PASSED_ON = ['PATH', 'TZ', 'LANG', 'TMPDIR'] as const;

/** Files that belong to one machine (docs/operations.md): a test that tampers with one machine changes these. */
export function machineFiles(machine: Pick<Machine, 'folder'>) {
  const file = (name: string): string => join(machine.folder, name);
  return {
    launcher: file('launcher.json'),
    bundle: file('program.js'),
    run: file('run'),
    eventLog: file('event-log.bin'),
    stateDisk: file('state.img'),
  };
}

/**
 * A machine's launcher, ready to be started. The launcher boots the software TPM, measures, and starts the software.
 * `SIGUSR2` to it is a reboot, its death is the machine's.
 */
export async function installMachine(host: Host, machine: Machine, software: Software): Promise<Supervised> {
  const files = machineFiles(machine);
  await mkdir(files.run, { recursive: true, mode: 0o700 });
  await copyFile(software.bundle, files.bundle);
  const environment = passOn(host.environment);
  const configuration = {
    schema: 'asterism/launcher/v1',
    tpmDirectory: machine.tpm,
    bundle: files.bundle,
    sharedConfiguration: software.sharedConfiguration,
    eventLog: files.eventLog,
    runDirectory: files.run,
    arguments: software.arguments,
    environment: { ...environment, ...software.environment },
    services: software.ssh === undefined ? [] : [software.ssh.service],
    stopWithStdin: true,
  };
  await writeAtomically(files.launcher, `${JSON.stringify(configuration, null, 2)}\n`);
  const [command = NODE, ...args] = [
    ...(software.ssh?.enter ?? []),
    NODE,
    LAUNCHER,
    '--config',
    files.launcher,
  ];
  return new Supervised({
    name: machine.name,
    command,
    args,
    env: environment,
    cwd: machine.folder,
    logFile: join(host.directory.logs, `${machine.name}.log`),
    guard: host.guard,
    restart: false,
    onExit: host.onExit,
  });
}

export function passOn(environment: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
