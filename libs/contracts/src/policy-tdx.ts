import { z } from 'zod';
import { measurementOf } from './policy-values.ts';
import { commentSchema, orAny, timestampSchema } from './primitives.ts';

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `${bytes} bytes, lower-case hexadecimal`);

/** Statuses besides UpToDate that an exception can cover. OutOfDate and Revoked are refused always (S14). */
export const EXCEPTABLE_TCB_STATUSES = [
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
] as const;

export const tcbExceptionSchema = z
  .strictObject({
    status: z.enum(EXCEPTABLE_TCB_STATUSES),
    advisories: z
      .array(z.string().regex(/^INTEL-(?:SA|DOC)-\d{5}$/))
      .max(64)
      .meta({ description: 'every advisory of the platform must be named; empty where it has none' }),
    until: timestampSchema,
    comment: commentSchema,
  })
  .meta({ id: 'TcbException' });
export type TcbException = z.infer<typeof tcbExceptionSchema>;

const platformId = hex(16).meta({ description: 'PPID of the PCK certificate: 16 bytes' });

/** What a pool accepts of a TDX quote, protocol §3. Debug is refused always. */
export const tdxPolicySchema = z
  .strictObject({
    mrTd: measurementOf(48),
    rtmr0: measurementOf(48),
    rtmr1: measurementOf(48),
    rtmr2: measurementOf(48).meta({ description: 'as booted: the lock that extends it is allowed for' }),
    rtmr3: measurementOf(48),
    module: z.strictObject({
      mrSeam: measurementOf(48),
      minimumSvn: orAny(z.number().int().min(0).max(255)).meta({ description: 'SVN of the TDX module' }),
    }),
    mrConfigId: measurementOf(48),
    mrOwner: measurementOf(48),
    mrOwnerConfig: measurementOf(48),
    xfam: orAny(z.array(hex(8)).min(1).max(16)).meta({ description: 'as in the quote: little-endian bytes' }),
    tdAttributes: orAny(z.array(hex(8)).min(1).max(16)).meta({
      description: 'as in the quote: little-endian bytes; debug is refused always',
    }),
    tcbStatus: z
      .strictObject({ exceptions: z.array(tcbExceptionSchema).max(32) })
      .meta({ description: 'UpToDate, and what an unexpired exception covers' }),
    minimumTcbEvaluationDataNumber: orAny(z.number().int().min(1).max(1_000_000)),
    platforms: z.strictObject({
      allow: orAny(z.array(platformId).min(1).max(10_000)),
      deny: z.array(platformId).max(10_000),
    }),
    eventLog: z
      .enum(['required', 'any'])
      .meta({ description: '`required`: evidence without a CC event log that replays is refused' }),
  })
  .meta({ id: 'TdxPolicy' });
export type TdxPolicy = z.infer<typeof tdxPolicySchema>;
