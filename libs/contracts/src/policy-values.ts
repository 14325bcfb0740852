import { z } from 'zod';
import { commentSchema, digestSchema, orAny, sha256Schema, timestampSchema } from './primitives.ts';

/** One accepted value. Several stand side by side during a roll-out; each can have a window of validity. */
export const referenceValueSchema = z
  .strictObject({
    digest: digestSchema,
    comment: commentSchema,
    from: timestampSchema.optional(),
    until: timestampSchema.optional(),
  })
  .meta({ id: 'ReferenceValue' });
export type ReferenceValue = z.infer<typeof referenceValueSchema>;

/** `enforce` refuses on mismatch; `warn` accepts with status `warning`. */
export const modeSchema = z.enum(['enforce', 'warn']).meta({ id: 'MeasurementMode' });

export const measurementSchema = z
  .strictObject({ mode: modeSchema, values: orAny(z.array(referenceValueSchema).min(1).max(32)) })
  .meta({ id: 'Measurement' });
export type Measurement = z.infer<typeof measurementSchema>;

/** A root of trust, pinned by name and SHA-256 of its SubjectPublicKeyInfo. */
export const trustAnchorSchema = z
  .strictObject({ name: z.string().min(1).max(100), spkiSha256: sha256Schema })
  .meta({ id: 'TrustAnchor' });
export type TrustAnchor = z.infer<typeof trustAnchorSchema>;

/** A measurement whose register is of a fixed length, in bytes. */
export function measurementOf(bytes: 32 | 48) {
  const hex = new RegExp(`^[0-9a-f]{${2 * bytes}}$`);
  const value = referenceValueSchema.extend({
    digest: z.string().regex(hex, `${bytes} bytes, lower-case hexadecimal`),
  });
  return z.strictObject({ mode: modeSchema, values: orAny(z.array(value).min(1).max(32)) });
}

/** The PCR that the lock extends (protocol §5); a policy cannot name it, the platform always compares it. */
export const LOCK_PCR = 15;

export const pcrsSchema = z
  .record(
    z.string().regex(/^(?:\d|1[0-46-9]|2[0-3])$/, 'a PCR from 0 to 23, not 15: the lock is always compared'),
    measurementSchema,
  )
  .refine((pcrs) => Object.keys(pcrs).length > 0, 'at least one PCR')
  .meta({ description: 'PCR index → expected values; exactly these and PCR 15 are quoted' });
