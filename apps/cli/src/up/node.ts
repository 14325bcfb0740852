import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '@asterism/contracts';
import { NodeRefusedError, StartError } from '../errors.ts';
import { writeAtomically } from './data-directory.ts';
import { lastWords } from './last-words.ts';
import { AGENT_BUNDLE, filesOf } from './layout.ts';
import { installMachine, machineFiles, type Host } from './machine-process.ts';
import type { NodeMachine } from './prepare.ts';
import type { SshServer } from './ssh-server.ts';
import type { Supervised } from './supervised.ts';

/** A machine that is to become a node. */
export interface LocalNode {
  readonly machine: NodeMachine;
  readonly process: Supervised;
  readonly statusFile: string;
  /** Null: it has no sshd. */
  readonly sshPort: number | null;
}

/** What an agent says of itself in its status file (apps/node-agent/README.md). */
export interface AgentStatus {
  readonly state:
    | 'booted'
    | 'attesting'
    | 'waiting'
    | 'locked'
    | 'disk-open'
    | 'member'
    | 'refused'
    | 'quarantined'
    | 'revoked';
  readonly node: string | null;
  readonly reason: string | null;
  readonly findings: readonly Finding[];
}

export async function installNode(
  host: Host,
  machine: NodeMachine,
  sharedConfiguration: string,
  ssh: SshServer | null,
): Promise<LocalNode> {
  const file = (name: string): string => join(machine.folder, name);
  const statusFile = file('status.json');
  await makeStateDisk(machine);
  const configuration = file('agent.json');
  const own = {
    schema: 'asterism/agent/v1',
    stateDirectory: file('state'),
    tpm: `unix:${join(machine.tpm, 'tpm.sock')}`,
    ekIssuers: filesOf(host.directory).ekIssuers,
    eventLog: machineFiles(machine).eventLog,
    // Header only: a mapping would outlive its machine, which here is a process. The disk is real, the kernel's part is not.
    stateDisk: {
      id: `${machine.name}-state`,
      device: machineFiles(machine).stateDisk,
      activation: 'header-only',
    },
    logLevel: 'info',
    statusFile,
    ...ssh?.agent,
  };
  await writeAtomically(configuration, `${JSON.stringify(own, null, 2)}\n`);
  const process = await installMachine(host, machine, {
    bundle: AGENT_BUNDLE,
    sharedConfiguration,
    // The copy that the launcher has measured.
    arguments: ['--shared', '{shared}', '--config', configuration],
    // An idle agent needs no large young generation and no pool of threads for the compiler: 6 MB less resident.
    environment: { NODE_OPTIONS: '--max-semi-space-size=1 --v8-pool-size=1' },
    ...(ssh === null ? {} : { ssh }),
  });
  return { machine, process, statusFile, sshPort: ssh?.port ?? null };
}

/** A LUKS2 header and its keyslots take 16 MiB; the file has holes where nothing was written. */
const STATE_DISK_BYTES = 32 * 1024 * 1024;

/** Blank, where there is none: whether a disk that is blank may be formatted, the API knows. */
async function makeStateDisk(machine: NodeMachine): Promise<void> {
  const disk = await open(machineFiles(machine).stateDisk, 'a', 0o600);
  try {
    if ((await disk.stat()).size === 0) await disk.truncate(STATE_DISK_BYTES);
  } finally {
    await disk.close();
  }
}

export async function startNode(node: LocalNode): Promise<void> {
  await rm(node.statusFile, { force: true });
  node.process.start();
}

export async function readStatus({ statusFile }: LocalNode): Promise<AgentStatus | null> {
  const text = await readFile(statusFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as AgentStatus);
}

/**
 * Whether a start needs to wait for it any longer. A node that an operator has shut out, or has yet to let in, is an
 * answer.
 * @throws NodeRefusedError with every finding; StartError `node-failed` with the end of its log
 */
export async function isSettled(node: LocalNode, status: AgentStatus | null): Promise<boolean> {
  const { name } = node.machine;
  if (!node.process.running) {
    throw new StartError('node-failed', `${name} ended: ${await lastWords(node.process)}`);
  }
  if (status?.state === 'refused' && !isDenied(status)) {
    throw new NodeRefusedError(name, status.reason ?? 'no reason was given', status.findings);
  }
  return (
    status?.state === 'member' ||
    status?.state === 'quarantined' ||
    status?.state === 'revoked' ||
    status?.state === 'refused' ||
    (status?.state === 'waiting' && status.reason === 'approval')
  );
}

/** Refused by a person, not by the policy. */
function isDenied({ reason }: AgentStatus): boolean {
  return reason?.startsWith('enrolment-denied:') === true;
}
