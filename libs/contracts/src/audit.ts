import { z } from 'zod';
import { idSchema, sha256Schema, timestampSchema } from './primitives.ts';

/**
 * One link of the audit chain. `hash` = SHA-256 of the canonical JSON (RFC 8785) of the record without `hash`;
 * `previous` is the hash of the record before, 64 zeros for the first.
 */
export const auditRecordSchema = z
  .strictObject({
    sequence: z.number().int(),
    at: timestampSchema,
    clusterId: idSchema.nullable(),
    actor: z.string().meta({ description: '`token:<id>`, `node:<id>`, `machine:<identity>` or `system`' }),
    action: z.string().meta({ examples: ['node.revoked'] }),
    target: z.string().meta({ examples: ['node:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'] }),
    details: z.record(z.string(), z.unknown()),
    previous: sha256Schema,
    hash: sha256Schema,
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.infer<typeof auditRecordSchema>;

export const auditHeadSchema = z
  .strictObject({
    sequence: z.number().int(),
    hash: sha256Schema,
    signature: z
      .string()
      .meta({ description: 'JWT (ES256) over `sequence` and `hash`; key in /.well-known/jwks.json' }),
    signedAt: timestampSchema,
  })
  .meta({ id: 'AuditHead' });
export type AuditHead = z.infer<typeof auditHeadSchema>;

export const auditVerificationSchema = z
  .strictObject({
    intact: z.boolean(),
    records: z.number().int(),
    brokenAt: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'sequence of the first record that does not fit' }),
    reason: z.string().nullable(),
    head: auditHeadSchema.nullable(),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof auditVerificationSchema>;
