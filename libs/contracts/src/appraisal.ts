import { z } from 'zod';
import { idSchema, timestampSchema } from './primitives.ts';
import { variantSchema } from './variant.ts';

/** Outcome of an appraisal. `undecided` is neither a refusal nor an acceptance. */
export const outcomeSchema = z.enum(['accepted', 'refused', 'undecided']).meta({ id: 'AppraisalOutcome' });
export type AppraisalOutcome = z.infer<typeof outcomeSchema>;

/** EAR status (draft-ietf-rats-ear). */
export const earStatusSchema = z
  .enum(['none', 'affirming', 'warning', 'contraindicated'])
  .meta({ id: 'EarStatus' });
export type EarStatus = z.infer<typeof earStatusSchema>;

export const claimVerdictSchema = z
  .enum(['match', 'mismatch', 'warning', 'any', 'undecided'])
  .meta({ id: 'ClaimVerdict' });

/** One compared claim. `got` and `wanted` are readable texts; digests in hexadecimal. */
export const claimSchema = z
  .strictObject({
    claim: z.string().meta({ examples: ['tpm.pcr.4'] }),
    got: z.string().nullable(),
    wanted: z.array(z.string()).meta({ description: 'accepted values; empty where any value is accepted' }),
    verdict: claimVerdictSchema,
    comment: z.string().optional().meta({ description: 'comment of the reference value that matched' }),
  })
  .meta({ id: 'Claim' });
export type Claim = z.infer<typeof claimSchema>;

/** Why an appraisal is not a plain acceptance. `code` is stable. */
export const findingSchema = z
  .strictObject({
    code: z.string().meta({ examples: ['pcr-mismatch'] }),
    claim: z.string(),
    got: z.string().nullable(),
    wanted: z.array(z.string()),
    message: z.string(),
    event: z
      .string()
      .optional()
      .meta({ description: 'the event of the log that differs from what was expected' }),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof findingSchema>;

/** Trustworthiness vector of AR4SI (draft-ietf-rats-ar4si): −128…127 a claim. */
export const trustworthinessVectorSchema = z
  .strictObject({
    'instance-identity': z.number().int(),
    configuration: z.number().int(),
    executables: z.number().int(),
    hardware: z.number().int(),
  })
  .partial()
  .meta({ id: 'TrustworthinessVector' });
export type TrustworthinessVector = z.infer<typeof trustworthinessVectorSchema>;

/** What `appraise` returns: every claim, all mismatches together. */
export const appraisalResultSchema = z
  .strictObject({
    outcome: outcomeSchema,
    status: earStatusSchema,
    variant: variantSchema,
    claims: z.array(claimSchema),
    findings: z.array(findingSchema),
    trustworthiness: trustworthinessVectorSchema,
  })
  .meta({ id: 'AppraisalResult' });
export type AppraisalResult = z.infer<typeof appraisalResultSchema>;

export const appraisalTriggerSchema = z
  .enum(['connection', 'enrolment', 'lock', 'interval', 'operator', 'policy-changed', 'verification'])
  .meta({ id: 'AppraisalTrigger' });
export type AppraisalTrigger = z.infer<typeof appraisalTriggerSchema>;

/** A stored appraisal: append-only. */
export const appraisalSchema = appraisalResultSchema
  .extend({
    id: idSchema,
    clusterId: idSchema,
    poolId: idSchema,
    nodeId: idSchema.nullable(),
    trigger: appraisalTriggerSchema,
    policyVersion: z.number().int(),
    appraisedAt: timestampSchema,
  })
  .meta({ id: 'Appraisal' });
export type Appraisal = z.infer<typeof appraisalSchema>;
