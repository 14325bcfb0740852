import { parseTpmAddress, TpmDeviceError } from '@asterism/tpm-device';
import { enrolmentClaimsSchema } from '@asterism/contracts';
import { z } from 'zod';
import { absolutePathSchema, logLevelSchema } from './fields.ts';

const tpmAddressSchema = z.string().superRefine((address, context) => {
  try {
    parseTpmAddress(address);
  } catch (error) {
    if (!(error instanceof TpmDeviceError)) throw error;
    context.addIssue({ code: 'custom', message: `not ${String(error.want)}` });
  }
});

/** What only this machine has. Nothing in it can make the node trust another API or pass for another node. */
export const agentConfigurationSchema = z.strictObject({
  schema: z.literal('asterism/agent/v1'),
  stateDirectory: absolutePathSchema,
  tpm: tpmAddressSchema,
  eventLog: absolutePathSchema.nullable(),
  ekIssuers: absolutePathSchema.nullable().default(null),
  stateDiskId: enrolmentClaimsSchema.shape.stateDiskId,
  logLevel: logLevelSchema.default('info'),
  statusFile: absolutePathSchema.nullable().default(null),
  sshHostKeys: z.array(absolutePathSchema).max(8).default([]),
});
export type AgentConfiguration = z.infer<typeof agentConfigurationSchema>;
