import { SYSTEM_ROOTS } from '@asterism/tee-device';
import { randomBytes } from 'node:crypto';
import { agentConfigurationSchema } from './configuration/agent-configuration.ts';
import { readConfiguration } from './configuration/read-configuration.ts';
import { EXIT } from './exit-code.ts';
import { lookAt } from './machine/look-at.ts';

/** Where Linux has a TPM, behind its resource manager. */
const SYSTEM_TPM = 'device:/dev/tpmrm0';

/**
 * Says what this machine looks like, as JSON. Where an agent's configuration is given, by its device roots and its TPM.
 * @returns exit code: clean where a variant fits
 */
export async function detect(config: string | null, write: (text: string) => void): Promise<number> {
  const own = config === null ? null : await readConfiguration(config, agentConfigurationSchema);
  const look = await lookAt({
    roots: own?.deviceRoots ?? SYSTEM_ROOTS,
    tpm: own === null ? SYSTEM_TPM : own.tpm,
    random: (length) => new Uint8Array(randomBytes(length)),
  });
  write(`${JSON.stringify({ ...look.suggestion, found: look.facts }, null, 2)}\n`);
  return look.suggestion.variant === null ? EXIT.fault : EXIT.clean;
}
