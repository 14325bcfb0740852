import { randomBytes } from 'node:crypto';
import type { AgentConfiguration } from './configuration/agent-configuration.ts';
import type { SharedConfiguration } from './configuration/shared-configuration.ts';
import { BackOff } from './life/back-off.ts';
import { Boot } from './life/boot.ts';
import { holdConnection } from './life/connection.ts';
import { NodeLife } from './life/node-life.ts';
import type { Logger } from './logger.ts';
import { openMachine } from './machine/open-machine.ts';
import { nodeRecordFile } from './state/node-record.ts';
import { openStateDirectory } from './state/state-directory.ts';
import { NodeStatus } from './status/status.ts';
import { statusFile } from './status/status-file.ts';
import { VERSION } from './version.ts';

const BACK_OFF = { first: 500, longest: 30_000 } as const;

export interface AgentInputs {
  readonly shared: SharedConfiguration;
  readonly own: AgentConfiguration;
  readonly log: Logger;
}

/** The daemon of a node, from an opened machine to a clean end. Resolves once `signal` has aborted. */
export async function runAgent({ shared, own, log }: AgentInputs, signal: AbortSignal): Promise<void> {
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const now = () => new Date();
  const files = await openStateDirectory(own.stateDirectory);
  const target = { cluster: shared.cluster, pool: shared.pool };
  const machine = await openMachine({ own, target, files, random, log });
  try {
    log.info(
      { version: VERSION, boot: machine.boot, attestationKeyIsNew: machine.keyIsNew },
      'agent has its machine',
    );
    const sink =
      own.statusFile === null
        ? () => undefined
        : statusFile(own.statusFile, (error) => log.error({ err: error }, 'status file cannot be written'));
    const status = new NodeStatus({ boot: machine.boot, pid: process.pid, now, log, sink });
    const records = nodeRecordFile(files.nodeRecord, (reason) =>
      log.error({ reason }, 'node.json is damaged'),
    );
    const { stateDiskId } = own;
    const boot = await Boot.resume({
      machine,
      records,
      stateDiskFile: files.stateDisk,
      stateDiskId,
      status,
      random,
    });
    const backOff = new BackOff({ ...BACK_OFF, random: Math.random });
    const connection = {
      url: new URL(shared.api.url),
      expectation: shared.api.expectation,
      keepalive: shared.stream.keepaliveSeconds * 1_000,
      claims: { ...target, agentVersion: VERSION },
      sshHostKeys: own.sshHostKeys,
      ...{ machine, boot, status, backOff, random, now, log },
    };
    const connect = (until: AbortSignal) => holdConnection(connection, until);
    await new NodeLife({ connect, boot, status, backOff, log }).run(signal);
  } finally {
    await machine.close();
  }
}
