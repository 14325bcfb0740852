import { z } from 'zod';
import { findingSchema } from './appraisal.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];
export const errorCodeSchema = z.enum(codes).meta({ id: 'ErrorCode' });

/** RFC 9457 problem with a stable code. */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ examples: ['https://asterism.dev/problems/pool-unknown'] }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: errorCodeSchema,
    traceId: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'per field, for `request-invalid` and `policy-invalid`' }),
    findings: z
      .array(findingSchema)
      .optional()
      .meta({ description: 'for refused evidence, of the caller’s own machine' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem' });
export type Problem = z.infer<typeof problemSchema>;
