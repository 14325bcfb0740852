import { z } from 'zod';
import { idSchema, timestampSchema } from './primitives.ts';

export const EVENT_TYPES = [
  'cluster.created',
  'cluster.updated',
  'cluster.deleted',
  'pool.created',
  'pool.updated',
  'policy.created',
  'policy.activated',
  'enrolment.waiting',
  'enrolment.granted',
  'enrolment.completed',
  'enrolment.denied',
  'enrolment.refused',
  'node.state',
  'node.appraised',
  'node.connected',
  'node.disconnected',
  'collateral.changed',
  'key.changed',
  'rewrap.progress',
  'state-disk.fault',
  'seal.changed',
  'recovery.progress',
  'recovery.issued',
  'access.changed',
  'access.grant',
  'access.node',
  'access.session',
  'access.authority',
] as const;
export const eventTypeSchema = z.enum(EVENT_TYPES).meta({ id: 'EventType' });
export type EventType = z.infer<typeof eventTypeSchema>;

/** Sent as `event: <type>`, `id: <id>`, `data: <this>`; resume with `Last-Event-ID`. */
export const platformEventSchema = z
  .strictObject({
    id: z.string().regex(/^\d+$/),
    type: eventTypeSchema,
    clusterId: idSchema.nullable(),
    at: timestampSchema,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'PlatformEvent' });
export type PlatformEvent = z.infer<typeof platformEventSchema>;
