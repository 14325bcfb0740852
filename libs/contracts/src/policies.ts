import { z } from 'zod';
import { appraisalResultSchema } from './appraisal.ts';
import { policyDocumentSchema } from './policy.ts';
import { commentSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

export const policyVersionSchema = z
  .strictObject({
    poolId: idSchema,
    version: z.number().int().min(1),
    document: policyDocumentSchema,
    comment: commentSchema,
    active: z.boolean(),
    createdBy: z.string(),
    createdAt: timestampSchema,
    activatedAt: timestampSchema.nullable().meta({ description: 'when it last became active' }),
  })
  .meta({ id: 'PolicyVersion' });
export type PolicyVersion = z.infer<typeof policyVersionSchema>;

export const createPolicySchema = z
  .strictObject({ document: policyDocumentSchema, comment: commentSchema.default('') })
  .meta({ id: 'CreatePolicy' });

/** Tries a document against the latest evidence of every node of the pool; nothing is stored. */
export const dryRunRequestSchema = z
  .strictObject({ document: policyDocumentSchema })
  .meta({ id: 'DryRunRequest' });

export const dryRunSchema = z
  .strictObject({
    nodes: z.array(
      z.strictObject({
        nodeId: idSchema,
        name: nameSchema,
        evidenceAt: timestampSchema.nullable(),
        current: z.enum(['accepted', 'refused', 'undecided']).nullable(),
        result: appraisalResultSchema
          .nullable()
          .meta({ description: 'null where the node has no stored evidence' }),
      }),
    ),
    summary: z.strictObject({
      accepted: z.number().int(),
      refused: z.number().int(),
      undecided: z.number().int(),
      wouldBeLost: z.array(nameSchema).meta({ description: 'accepted now, refused under this document' }),
    }),
  })
  .meta({ id: 'DryRun' });
export type DryRun = z.infer<typeof dryRunSchema>;
