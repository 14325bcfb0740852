import { randomBytes } from 'node:crypto';
import { openAccess } from './access/open-access.ts';
import type { AgentConfiguration } from './configuration/agent-configuration.ts';
import type { SharedConfiguration } from './configuration/shared-configuration.ts';
import { BackOff } from './life/back-off.ts';
import { Boot } from './life/boot.ts';
import { EventReporter } from './life/event-reporter.ts';
import { holdConnection } from './life/connection.ts';
import { NodeLife } from './life/node-life.ts';
import { openKeySocket } from './keys/key-socket.ts';
import { MemberKeys } from './keys/member-keys.ts';
import type { Logger } from './logger.ts';
import { openMachine } from './machine/open-machine.ts';
import { nodeRecordFile } from './state/node-record.ts';
import { openStateDirectory } from './state/state-directory.ts';
import { LuksDisk } from './state-disk/luks-disk.ts';
import { NodeStatus } from './status/status.ts';
import { statusFile, type Status, type StatusSink } from './status/status-file.ts';
import { VERSION } from './version.ts';

/** Milliseconds between two reports of one kind of event. */
const EVENT_INTERVAL = 60_000;
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
  await using running = new AsyncDisposableStack();
  const machine = running.adopt(await openMachine({ own, target, files, random, log }), (it) => it.close());
  log.info(
    { version: VERSION, boot: machine.boot, attestationKeyIsNew: machine.keyIsNew },
    'agent has its machine',
  );
  const { keySocket } = own;
  const keys = new MemberKeys({ cacheFor: (keySocket?.cacheSeconds ?? 0) * 1_000 });
  const sink = showIn(own, keys, log);
  const status = new NodeStatus({ boot: machine.boot, pid: process.pid, now, log, sink });
  const events = new EventReporter({ interval: EVENT_INTERVAL, log });
  const records = nodeRecordFile(files.nodeRecord, (reason) => log.error({ reason }, 'node.json is damaged'));
  const disk = running.use(new LuksDisk({ configuration: own.stateDisk, status, events, log }));
  const boot = await Boot.resume({ machine, records, disk, status });
  if (keySocket !== null) running.use(await openKeySocket({ configuration: keySocket, keys, log }));
  const access = await openAccess({ own, files, machine, random, now, log });
  if (access !== null) {
    const stop = new AbortController();
    const watching = access.run(stop.signal);
    running.defer(async () => {
      stop.abort();
      await watching;
    });
  }
  const backOff = new BackOff({ ...BACK_OFF, random: Math.random });
  const connection = {
    url: new URL(shared.api.url),
    expectation: shared.api.expectation,
    keepalive: shared.stream.keepaliveSeconds * 1_000,
    claims: { ...target, agentVersion: VERSION },
    sshHostKeys: own.sshHostKeys,
    access,
    ...{ machine, boot, status, events, keys, backOff, random, now, log },
  };
  const connect = (until: AbortSignal) => holdConnection(connection, until);
  await new NodeLife({ connect, boot, status, backOff, log }).run(signal);
}

/** The status in its file, where there is to be one; and on the key socket, which serves members only. */
function showIn({ statusFile: file }: AgentConfiguration, keys: MemberKeys, log: Logger): StatusSink {
  const show =
    file === null
      ? () => undefined
      : statusFile(file, (error) => log.error({ err: error }, 'status file cannot be written'));
  return (status: Status) => {
    keys.setMember(status.state === 'member');
    show(status);
  };
}
