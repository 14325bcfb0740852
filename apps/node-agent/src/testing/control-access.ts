import type { NodeAccessReport, NodeAccessState, SshSessionEvent } from '@asterism/contracts';
import { createInterface } from 'node:readline';
import { openAccess } from '../access/open-access.ts';
import { sshConfigurationSchema } from '../configuration/ssh-configuration.ts';
import { createLogger } from '../logger.ts';

/** One line of standard input: what the API says from now on; null: it is away. */
export interface ApiSays {
  readonly state: NodeAccessState | null;
}

/** One line of standard output: what the API was told. */
export type ApiHears =
  { readonly report: NodeAccessReport } | { readonly sessions: readonly SshSessionEvent[] };

/**
 * A program for tests that runs inside of a machine: the agent's part for SSH access, without the rest of an agent.
 * @param argv the `ssh` section of agent.json, the state directory, the host key's public part
 */
const [, , configuration = '{}', directory = '', hostKey = ''] = process.argv;
const say = (line: ApiHears) => process.stdout.write(`${JSON.stringify(line)}\n`);
const access = await openAccess({
  own: {
    ssh: sshConfigurationSchema.parse(JSON.parse(configuration)),
    sshHostKeys: hostKey === '' ? [] : [hostKey],
  },
  files: {
    accessCache: `${directory}/access-cache.json`,
    sshSessions: `${directory}/ssh-sessions.json`,
    sshUids: `${directory}/ssh-uids.json`,
  },
  machine: { seal: null },
  random: (length) => new Uint8Array(length),
  now: () => new Date(),
  log: createLogger('warn', process.stderr),
});
if (access === null) throw new Error('ssh is not configured');
const stop = new AbortController();
const running = access.run(stop.signal);
for await (const line of createInterface({ input: process.stdin })) {
  const { state } = JSON.parse(line) as ApiSays;
  if (state === null) {
    access.connect(null);
    continue;
  }
  access.connect({
    readAccess: () => Promise.resolve(state),
    certifyHostKey: () => Promise.reject(new Error('no host key was given')),
    reportAccess: (report) => Promise.resolve(void say({ report })),
    reportSessions: (sessions) => Promise.resolve(void say({ sessions })),
  });
  access.changed();
}
stop.abort();
await running;
