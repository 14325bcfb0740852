import type { NodeAccessState } from '@asterism/contracts';
import { createInterface } from 'node:readline';
import { AccessEnforcement } from '../access/access-enforcement.ts';
import { wantedAccess } from '../access/wanted-access.ts';
import { sshConfigurationSchema } from '../configuration/ssh-configuration.ts';
import { dieAt } from './die-at.ts';

/** One line of standard input: what to bring about. */
export interface EnforceOrder {
  readonly state: NodeAccessState;
  readonly hostCertificates: readonly string[];
  /** Absent: now. */
  readonly now?: string;
}

/**
 * A program for tests that runs inside of a machine: brings about what each line says and answers with what came of it.
 * @param argv the `ssh` section of agent.json; the operation in front of which the process is killed
 */
const [, , configuration = '{}', deadly = '0'] = process.argv;
const enforcement = new AccessEnforcement({
  ssh: sshConfigurationSchema.parse(JSON.parse(configuration)),
  now: () => new Date(),
  uidLedger: '/run/asterism-ssh-uids.json',
  onRemoveAccount: () => Promise.resolve(),
});
dieAt(Number(deadly));
for await (const line of createInterface({ input: process.stdin })) {
  const { state, hostCertificates, now } = JSON.parse(line) as EnforceOrder;
  const at = now === undefined ? new Date() : new Date(now);
  const applied = await enforcement.apply(wantedAccess(state, at), hostCertificates);
  process.stdout.write(`${JSON.stringify(applied)}\n`);
}
