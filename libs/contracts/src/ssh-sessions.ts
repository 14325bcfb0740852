import { z } from 'zod';
import { sshFingerprintSchema } from './access.ts';
import { idSchema, nameSchema, timestampSchema } from './primitives.ts';

/** How somebody came in; all but `certificate` are not ours, and are seen all the same. */
export const sshMethodSchema = z.enum(['certificate', 'publickey', 'password', 'other']);

const account = z.string().min(1).max(64);

export const sshSessionEventSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('opened'),
      session: idSchema.meta({ description: 'made by the node; the same event again is taken once' }),
      at: timestampSchema,
      account,
      method: sshMethodSchema,
      source: z
        .string()
        .max(100)
        .meta({ description: 'address', examples: ['192.0.2.7'] }),
      sourcePort: z.number().int().min(0).max(65_535),
      certificate: z
        .strictObject({
          keyId: z.string().max(300),
          serial: z
            .string()
            .regex(/^\d{1,20}$/)
            .refine((text) => text.length < 20 || text <= '18446744073709551615', 'at most 64 bits')
            .meta({ description: 'decimal, up to 64 bits' }),
          fingerprint: sshFingerprintSchema,
          authority: sshFingerprintSchema,
        })
        .nullable(),
    }),
    z.strictObject({
      kind: z.literal('closed'),
      session: idSchema,
      at: timestampSchema,
      reason: z
        .enum(['logout', 'ended', 'lost'])
        .meta({ description: 'ended: by the agent, because access was over; lost: found gone' }),
    }),
  ])
  .meta({ id: 'SshSessionEvent' });
export type SshSessionEvent = z.infer<typeof sshSessionEventSchema>;

export const sshSessionEventsSchema = z
  .strictObject({ events: z.array(sshSessionEventSchema).min(1).max(200) })
  .meta({ id: 'SshSessionEvents' });
export type SshSessionEvents = z.infer<typeof sshSessionEventsSchema>;

export const sshSessionSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    node: z.strictObject({ id: idSchema, name: nameSchema }),
    account: z.string(),
    method: sshMethodSchema,
    user: z.string().nullable().meta({ description: 'null where no certificate of this platform let it in' }),
    grantId: idSchema.nullable(),
    serial: z.string().nullable(),
    keyId: z.string().nullable(),
    fingerprint: sshFingerprintSchema.nullable(),
    emergency: z.boolean().meta({ description: 'let in by an emergency certificate' }),
    source: z.string(),
    openedAt: timestampSchema,
    closedAt: timestampSchema.nullable(),
    closeReason: z.enum(['logout', 'ended', 'lost']).nullable(),
    recordedAt: timestampSchema.meta({
      description: 'when this platform heard of it; the other times are what the node says, within reason',
    }),
  })
  .meta({ id: 'SshSession' });
export type SshSession = z.infer<typeof sshSessionSchema>;
