import { z } from 'zod';

/** DNS label: what a cluster, pool or node may be called. Never shaped like a UUID, so that a path takes either. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'lower-case letters, digits and hyphens, 1 to 63, starting with a letter',
  )
  .refine(
    (name) => !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(name),
    'must not look like a UUID',
  )
  .meta({ description: 'DNS label', examples: ['production'] });

export const idSchema = z
  .uuid()
  .meta({ description: 'UUID', examples: ['0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'] });

/** A path parameter that takes an id or a name. */
export const idOrNameSchema = z
  .union([idSchema, nameSchema])
  .meta({ description: 'UUID or name', examples: ['production'] });

export const timestampSchema = z.iso
  .datetime()
  .meta({ description: 'RFC 3339, UTC', examples: ['2026-11-24T10:00:00.000Z'] });

/** 32 random bytes, base64url without padding. */
export const nonceSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, '32 bytes, base64url without padding')
  .meta({
    description: '32 bytes, base64url without padding',
    examples: ['mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA'],
  });

/** Bytes, base64url without padding, `max` bytes at most. */
export function bytesSchema(max: number) {
  return z
    .string()
    .max(Math.ceil((max * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/, 'base64url without padding')
    .meta({ description: `up to ${max} bytes, base64url without padding`, examples: ['AAECAwQ'] });
}

export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, '32 bytes, lower-case hexadecimal')
  .meta({
    description: 'SHA-256, lower-case hexadecimal',
    examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  });

/** SHA-256 or SHA-384 digest in lower-case hexadecimal. */
export const digestSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{64}|[0-9a-f]{96})$/, '32 or 48 bytes, lower-case hexadecimal')
  .meta({ description: 'SHA-256 or SHA-384, lower-case hexadecimal' });

export const commentSchema = z
  .string()
  .max(500)
  .meta({ examples: ['image 2026.11'] });

/** One page of a list; `nextCursor` is null on the last. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'pass as `cursor` to read on; null on the last page' }),
  });
}

export const pageQuerySchema = z.strictObject({
  cursor: z.string().max(200).optional().meta({ description: 'from `nextCursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** An expected value, or the literal `any`. A missing field is an error, never "not checked" (S04). */
export function orAny<Value extends z.ZodType>(value: Value) {
  return z.union([z.literal('any'), value]);
}
