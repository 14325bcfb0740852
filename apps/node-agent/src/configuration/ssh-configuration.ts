import { sshAddressSchema } from '@asterism/contracts';
import { z } from 'zod';
import { absolutePathSchema } from './fields.ts';

const unit = z.string().regex(/^[A-Za-z0-9@._-]{1,100}$/, 'not the name of a unit');
const uidSchema = z.number().int().min(1_000).max(0xffff_fffe);

/** How sshd of this machine is run, and which part of the machine is the agent's to write. */
export const sshConfigurationSchema = z.strictObject({
  sshd: absolutePathSchema.default('/usr/sbin/sshd'),
  /** Includes the folder of the drop-in before it sets anything, as distributions have it. */
  configuration: absolutePathSchema.default('/etc/ssh/sshd_config'),
  dropIn: absolutePathSchema.default('/etc/ssh/sshd_config.d/10-asterism.conf'),
  /** The agent's own: whatever else is in it is removed. */
  directory: absolutePathSchema.default('/etc/ssh/asterism'),
  sudoers: absolutePathSchema.default('/etc/sudoers.d'),
  visudo: absolutePathSchema.default('/usr/sbin/visudo'),
  homes: absolutePathSchema.default('/home'),
  /** Accounts get uids of this range, and none that is outside of it is ever changed. */
  uids: z
    .strictObject({ from: uidSchema, to: uidSchema })
    .refine(({ from, to }) => from < to, 'ends before it begins')
    .default({ from: 52_000, to: 52_999 }),
  /** How sshd is told to read its configuration again. */
  reload: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('systemd'), unit }),
      z.strictObject({ kind: z.literal('pid-file'), file: absolutePathSchema }),
    ])
    .default({ kind: 'systemd', unit: 'ssh.service' }),
  /** Where sshd says who logs in. */
  log: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('journal') }),
      z.strictObject({ kind: z.literal('file'), file: absolutePathSchema }),
    ])
    .default({ kind: 'journal' }),
  /** Where clients reach it; shown to them, and proves nothing. */
  addresses: z.array(sshAddressSchema).max(8).default([]),
});
export type SshConfiguration = z.infer<typeof sshConfigurationSchema>;
