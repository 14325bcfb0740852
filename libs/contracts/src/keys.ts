import { z } from 'zod';
import { idSchema, timestampSchema } from './primitives.ts';

/** Closed set of protocol §5. */
export const KEY_PURPOSES = [
  'state-disk',
  'volume',
  'object-store',
  'measurement',
  'ssh-user-ca',
  'ssh-host-ca',
  'cluster-ca',
  'result-signing',
] as const;
export const keyPurposeSchema = z.enum(KEY_PURPOSES).meta({ id: 'KeyPurpose' });

export const keyMetadataSchema = z
  .strictObject({
    clusterId: idSchema,
    purpose: keyPurposeSchema,
    id: z.string(),
    version: z.number().int(),
    owner: z.string().meta({
      description: '`node:<id>`, `pool:<id>` or `cluster`',
      examples: ['node:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'],
    }),
    state: z.enum(['active', 'retired', 'destroyed']),
    useCount: z.number().int(),
    createdAt: timestampSchema,
    lastUsedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'KeyMetadata' });
export type KeyMetadata = z.infer<typeof keyMetadataSchema>;
