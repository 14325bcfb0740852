import { Tpm } from '@asterism/tpm';
import { openTpm } from '@asterism/tpm-device';
import { randomBytes } from 'node:crypto';
import type { AgentConfiguration } from '../configuration/agent-configuration.ts';
import type { Logger } from '../logger.ts';
import { bootSeal } from '../machine/boot-seal.ts';
import { Turns } from '../turns.ts';
import { openStateDirectory } from '../state/state-directory.ts';
import { openAccess } from './open-access.ts';

/**
 * Brings about what is remembered and ends: before sshd starts at a boot, whether the API is there or not. Where nothing is
 * remembered nothing is done; the agent takes back what an earlier boot has left if it hears nothing either.
 */
export async function restoreAccess(own: AgentConfiguration, log: Logger): Promise<void> {
  const files = await openStateDirectory(own.stateDirectory);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const tpm = own.tpm === null ? null : new Tpm(await openTpm(own.tpm));
  try {
    const seal = tpm === null ? null : bootSeal(tpm, new Turns());
    await openAccess({ own, files, machine: { seal }, random, now: () => new Date(), log });
  } finally {
    await tpm?.close();
  }
}
