import { z } from 'zod';
import { commentSchema, digestSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

/** PCRs that a TPM slot is bound to, and the digest of their values that opens it. */
const tpmSlotSchema = z.strictObject({
  kind: z.literal('tpm'),
  bank: z.enum(['sha256', 'sha384']),
  pcrs: z.array(z.number().int().min(0).max(23)).min(1).max(24),
  pcrDigest: digestSchema,
});

/** One sealed copy of the API's KEK. Any slot that opens, opens. */
export const sealSlotSchema = z
  .strictObject({
    id: idSchema,
    binding: z.discriminatedUnion('kind', [
      tpmSlotSchema,
      z.strictObject({ kind: z.literal('kek'), provider: nameSchema }),
      z.strictObject({ kind: z.literal('key-file') }),
      z
        .strictObject({ kind: z.literal('unknown') })
        .meta({ description: 'made by an earlier version, which did not say; replaced once it opens' }),
    ]),
    comment: commentSchema,
    createdAt: timestampSchema,
    openedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'SealSlot' });
export type SealSlot = z.infer<typeof sealSlotSchema>;

export const sealStatusSchema = z
  .strictObject({
    sealed: z.boolean(),
    reason: z.string().nullable().meta({ description: 'code of the last attempt to unseal' }),
    configured: z.enum(['tpm', 'kek', 'key-file']),
    slots: z.array(sealSlotSchema),
  })
  .meta({ id: 'SealStatus' });
export type SealStatus = z.infer<typeof sealStatusSchema>;

/** A further slot under the configured seal; with `values`, one that opens after a planned update. */
export const createSealSlotSchema = z
  .strictObject({
    pcrs: z.array(z.number().int().min(0).max(23)).min(1).max(24).optional(),
    values: z
      .record(z.string().regex(/^(?:\d|1\d|2[0-3])$/), digestSchema)
      .optional()
      .meta({ description: 'PCR → value after the update; PCRs left out keep the value they have now' }),
    comment: commentSchema,
  })
  .meta({ id: 'CreateSealSlot' });
export type CreateSealSlot = z.infer<typeof createSealSlotSchema>;

/** The last resort where the KEK is lost: no seal opens, and there are no shares of the platform. */
export const replaceKekSchema = z
  .strictObject({ confirm: z.literal('replace the KEK'), reason: commentSchema })
  .meta({ id: 'ReplaceKek' });
export type ReplaceKek = z.infer<typeof replaceKekSchema>;
