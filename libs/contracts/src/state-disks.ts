import { z } from 'zod';
import { commentSchema, idSchema, timestampSchema } from './primitives.ts';

/** How a keyslot stretches its passphrase. The passphrase is a 256-bit key, so stretching adds nothing to it. */
export const stateDiskKdfSchema = z
  .enum(['pbkdf2', 'argon2id'])
  .meta({ id: 'StateDiskKdf', description: '`pbkdf2` with the least count that cryptsetup takes' });
export type StateDiskKdf = z.infer<typeof stateDiskKdfSchema>;

export const stateDiskIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, `.`, `_` and `-`, 1 to 64');

/** How the epoch that the disk shows stood to the server's when it was opened. */
export const diskRollbackSchema = z.enum(['none', 'unacknowledged', 'ahead']).meta({
  description:
    '`unacknowledged`: one open before this one was never reported; `ahead`: the disk is newer than the server’s record',
});

export const stateDiskReportSchema = z
  .strictObject({
    version: z.number().int().min(1).meta({ description: 'of the key that opens the disk now' }),
    epoch: z.number().int().min(1).meta({ description: 'that the header carries now' }),
    rollback: diskRollbackSchema,
    activated: z.boolean().meta({
      description: 'false: the header was opened and there is no mapping (a machine without device mapper)',
    }),
  })
  .meta({ id: 'StateDiskReport' });
export type StateDiskReport = z.infer<typeof stateDiskReportSchema>;

export const stateDiskSchema = z
  .strictObject({
    id: stateDiskIdSchema,
    clusterId: idSchema,
    nodeId: idSchema.nullable().meta({ description: 'the node whose machine owns it' }),
    keyVersion: z.number().int(),
    nextKeyVersion: z.number().int().nullable().meta({ description: 'a rotation is done at the next boot' }),
    epoch: z.number().int().meta({ description: 'opens that were reported' }),
    fault: z
      .strictObject({
        code: z.enum([
          'state-disk-rolled-back',
          'state-disk-ahead',
          'state-disk-io-error',
          'state-disk-refused',
        ]),
        detail: z.string(),
        epoch: z
          .number()
          .int()
          .nullable()
          .meta({ description: 'that the header shows, where that is the fault' }),
        at: timestampSchema,
      })
      .nullable(),
    acceptedEpoch: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'an operator takes a disk that is as old as this, once' }),
    createdAt: timestampSchema,
    openedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'StateDisk' });
export type StateDisk = z.infer<typeof stateDiskSchema>;

export const acceptRollbackSchema = z
  .strictObject({
    epoch: z.number().int().min(0).meta({ description: 'of the older copy, as the node’s event shows it' }),
    confirm: z.string().max(64).meta({ description: 'the disk’s id, typed again' }),
    reason: commentSchema,
  })
  .meta({ id: 'AcceptRollback' });
export type AcceptRollback = z.infer<typeof acceptRollbackSchema>;

/** What a node tells about itself that is no answer to a question. */
export const nodeEventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('state-disk-rolled-back'),
      diskId: stateDiskIdSchema,
      epoch: z.number().int().min(0).meta({ description: 'that the header shows' }),
    }),
    z.strictObject({
      type: z.literal('state-disk-io-error'),
      diskId: stateDiskIdSchema,
      errors: z.number().int().min(1).meta({ description: 'integrity errors since the disk was opened' }),
    }),
    z.strictObject({
      type: z.literal('state-disk-refused'),
      diskId: stateDiskIdSchema,
      code: z.string().regex(/^[a-z0-9-]{1,64}$/),
    }),
  ])
  .meta({ id: 'NodeEvent' });
export type NodeEvent = z.infer<typeof nodeEventSchema>;
