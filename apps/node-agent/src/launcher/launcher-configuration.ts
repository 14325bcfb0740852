import { z } from 'zod';
import { absolutePathSchema } from '../configuration/fields.ts';

/** A machine with a software TPM: what it boots, and where it keeps what. */
export const launcherConfigurationSchema = z.strictObject({
  schema: z.literal('asterism/launcher/v1'),
  /** Made by `createSoftwareTpm`; its sockets are there too. */
  tpmDirectory: absolutePathSchema,
  /** ECMAScript module in one file, read anew at each boot. */
  bundle: absolutePathSchema,
  sharedConfiguration: absolutePathSchema,
  eventLog: absolutePathSchema,
  /** For the copies that are measured and used. */
  runDirectory: absolutePathSchema,
  /** `{tpm}`, `{eventLog}` and `{shared}` stand for the TPM's address, the log and the measured copy of the configuration. */
  arguments: z.array(z.string()).default([]),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** Programs that the machine runs beside it, such as an sshd; they are not measured. */
  services: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
        command: z.array(z.string()).min(1),
      }),
    )
    .max(8)
    .default([]),
  /** The machine stops when standard input closes: whoever started it has gone. */
  stopWithStdin: z.boolean().default(false),
  statusFile: absolutePathSchema.nullable().default(null),
});
export type LauncherConfiguration = z.infer<typeof launcherConfigurationSchema>;
