import { z } from 'zod';
import { commentSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

/** What shares give back: the API's KEK, or the root of one cluster. */
export const recoveryScopeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('platform') }),
    z.strictObject({ kind: z.literal('cluster'), id: idSchema, name: nameSchema }),
  ])
  .meta({ id: 'RecoveryScope' });
export type RecoveryScope = z.infer<typeof recoveryScopeSchema>;

export const recoveryRecipientSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .meta({ description: 'whose share it is', examples: ['Ada'] }),
    recipient: z
      .string()
      .regex(/^age1[02-9ac-hj-np-z]{58}$/, 'an age X25519 recipient')
      .meta({ examples: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'] }),
  })
  .meta({ id: 'RecoveryRecipient' });
export type RecoveryRecipient = z.infer<typeof recoveryRecipientSchema>;

export const createRecoverySetSchema = z
  .strictObject({
    threshold: z.number().int().min(2).max(20).meta({ description: 'how many shares recover' }),
    recipients: z.array(recoveryRecipientSchema).min(2).max(20),
    reason: commentSchema,
  })
  .meta({ id: 'CreateRecoverySet' });
export type CreateRecoverySet = z.infer<typeof createRecoverySetSchema>;

export const recoverySetSchema = z
  .strictObject({
    id: idSchema,
    scope: recoveryScopeSchema,
    threshold: z.number().int(),
    shares: z.array(
      z.strictObject({
        index: z.number().int(),
        name: z.string(),
        recipient: z.string(),
        lastUsedAt: timestampSchema.nullable(),
      }),
    ),
    state: z
      .enum(['active', 'superseded'])
      .meta({ description: 'superseded: shares were issued anew; this API takes these no longer' }),
    createdBy: z.string(),
    createdAt: timestampSchema,
  })
  .meta({ id: 'RecoverySet' });
export type RecoverySet = z.infer<typeof recoverySetSchema>;

export const createdRecoverySetSchema = z
  .strictObject({
    set: recoverySetSchema,
    shares: z.array(
      z.strictObject({
        index: z.number().int(),
        name: z.string(),
        recipient: z.string(),
        encrypted: z.string().meta({ description: 'age file, armored; shown once and stored nowhere' }),
      }),
    ),
  })
  .meta({ id: 'CreatedRecoverySet' });
export type CreatedRecoverySet = z.infer<typeof createdRecoverySetSchema>;

/** The plain text of a share file: JSON `asterism/recovery-share/v1`. */
export const submitShareSchema = z
  .strictObject({ share: z.string().min(1).max(4096) })
  .meta({ id: 'SubmitShare' });

export const recoveryProgressSchema = z
  .strictObject({
    set: z.strictObject({ id: idSchema, scope: recoveryScopeSchema, threshold: z.number().int() }),
    received: z.array(z.strictObject({ index: z.number().int(), name: z.string() })),
    recovered: z.boolean(),
  })
  .meta({ id: 'RecoveryProgress' });
export type RecoveryProgress = z.infer<typeof recoveryProgressSchema>;

export const recoveryStatusSchema = z
  .strictObject({
    sealed: z.boolean(),
    /** Clusters whose root does not open under the API's KEK. */
    closedClusters: z.array(z.strictObject({ id: idSchema, name: nameSchema })),
    collecting: z.array(recoveryProgressSchema),
    expiresAt: timestampSchema
      .nullable()
      .meta({ description: 'when shares that were not enough are forgotten' }),
  })
  .meta({ id: 'RecoveryStatus' });
export type RecoveryStatus = z.infer<typeof recoveryStatusSchema>;

export const createBackupSchema = z
  .strictObject({
    recipients: z
      .array(recoveryRecipientSchema.shape.recipient)
      .max(20)
      .optional()
      .meta({ description: 'absent: the recipients of the platform’s recovery set' }),
  })
  .meta({ id: 'CreateBackup' });
