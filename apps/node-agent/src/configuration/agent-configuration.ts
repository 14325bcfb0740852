import { VARIANTS } from '@asterism/contracts';
import { AZURE_IMDS, SYSTEM_ROOTS } from '@asterism/tee-device';
import { parseTpmAddress, TpmDeviceError } from '@asterism/tpm-device';
import { z } from 'zod';
import { absolutePathSchema, logLevelSchema } from './fields.ts';
import { keySocketSchema } from './key-socket-configuration.ts';
import { sshConfigurationSchema } from './ssh-configuration.ts';
import { stateDiskConfigurationSchema } from './state-disk-configuration.ts';

const tpmAddressSchema = z.string().superRefine((address, context) => {
  try {
    parseTpmAddress(address);
  } catch (error) {
    if (!(error instanceof TpmDeviceError)) throw error;
    context.addIssue({ code: 'custom', message: `not ${String(error.want)}` });
  }
});

const deviceRootsSchema = z.strictObject({
  sysfs: absolutePathSchema,
  configfs: absolutePathSchema,
  dev: absolutePathSchema,
  proc: absolutePathSchema,
});

/** What only this machine has. Nothing in it can make the node trust another API or pass for another node. */
export const agentConfigurationSchema = z.strictObject({
  schema: z.literal('asterism/agent/v1'),
  stateDirectory: absolutePathSchema,
  /** The pool's; `auto` takes what the machine looks like. */
  variant: z.enum(['auto', ...VARIANTS]).default('tpm'),
  tpm: tpmAddressSchema.nullable(),
  eventLog: z
    .string()
    .regex(/^(?:\/|firmware$)/, 'neither an absolute path nor `firmware`')
    .nullable(),
  ekIssuers: absolutePathSchema.nullable().default(null),
  akIssuers: absolutePathSchema.nullable().default(null),
  deviceRoots: deviceRootsSchema.default(SYSTEM_ROOTS),
  azureMetadata: z.url({ protocol: /^http$/, error: 'not an http address' }).default(AZURE_IMDS),
  stateDisk: stateDiskConfigurationSchema,
  /** Where programs of this machine ask for keys; null: nowhere. */
  keySocket: keySocketSchema.nullable().default(null),
  logLevel: logLevelSchema.default('info'),
  statusFile: absolutePathSchema.nullable().default(null),
  /** Public keys of this machine's sshd: shown to whoever verifies the node, and certified where `ssh` is set. */
  sshHostKeys: z.array(absolutePathSchema).max(8).default([]),
  /** Who logs in is declared in the platform; null: the agent has nothing to do with this machine's sshd. */
  ssh: sshConfigurationSchema.nullable().default(null),
});
export type AgentConfiguration = z.infer<typeof agentConfigurationSchema>;
