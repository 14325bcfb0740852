import type { AgentConfiguration } from '../configuration/agent-configuration.ts';
import type { Logger } from '../logger.ts';
import type { Machine } from '../machine/machine.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import { AccessCache } from './access-cache.ts';
import { AccessControl } from './access-control.ts';
import { AccessEnforcement } from './access-enforcement.ts';
import { SessionStore } from './session-store.ts';
import { SessionWatch } from './session-watch.ts';

export interface OpenAccessOptions {
  readonly own: Pick<AgentConfiguration, 'ssh' | 'sshHostKeys'>;
  readonly files: Pick<StateDirectory, 'accessCache' | 'sshSessions' | 'sshUids'>;
  readonly machine: Pick<Machine, 'seal'>;
  readonly random: (length: number) => Uint8Array;
  readonly now: () => Date;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 5_000;
/** Access ends everywhere within a minute, also where nobody remembers what it was. */
const WITHOUT_WORD_MS = 60_000;

/** Null where this machine's sshd is none of the agent's. What was remembered is in force when it returns. */
export async function openAccess(options: OpenAccessOptions): Promise<AccessControl | null> {
  const { own, files, now, log } = options;
  const { ssh, sshHostKeys: hostKeys } = own;
  if (ssh === null) return null;
  const onBroken = (reason: string) => log.error({ reason }, 'ssh-sessions.json is damaged');
  const store = await SessionStore.open(files.sshSessions, onBroken);
  const sessions: SessionWatch = new SessionWatch({
    ...{ ssh, store, now, log },
    onEvent: () => access.sessionsChanged(),
  });
  const enforcement = new AccessEnforcement({
    ...{ ssh, now, uidLedger: files.sshUids },
    onRemoveAccount: (account) => sessions.endAccount(account),
  });
  const access: AccessControl = new AccessControl({
    ...{ ssh, hostKeys, enforcement, sessions, store, cache: openCache(options), now, log },
    ...{ lookEvery: LOOK_EVERY_MS, withoutWord: WITHOUT_WORD_MS },
  });
  await access.restore();
  return access;
}

function openCache({ files, machine, random }: OpenAccessOptions): AccessCache | null {
  return machine.seal === null
    ? null
    : new AccessCache({ file: files.accessCache, seal: machine.seal, random });
}
