import { stateDiskIdSchema } from '@asterism/contracts';
import { z } from 'zod';
import { absolutePathSchema } from './fields.ts';

/** The disk whose key this machine asks for, and what becomes of it here. */
export const stateDiskConfigurationSchema = z
  .strictObject({
    id: stateDiskIdSchema,
    /** Block device; with `header-only` a file does. */
    device: absolutePathSchema,
    /** Name under /dev/mapper. */
    mapping: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, `.`, `_` and `-`, 1 to 64')
      .default('asterism-state'),
    /** `header-only`: for a kernel without device mapper. The disk is formatted and its key tested; nothing is encrypted. */
    activation: z.enum(['device-mapper', 'header-only']).default('device-mapper'),
    filesystem: z.enum(['ext4', 'xfs']).default('ext4'),
    mountPoint: absolutePathSchema.nullable().default(null),
    /** A tag for every sector: what the host changes cannot be read. */
    integrity: z.boolean().default(true),
    discard: z.boolean().default(false),
  })
  .refine(({ activation, mountPoint }) => activation === 'device-mapper' || mountPoint === null, {
    path: ['mountPoint'],
    message: 'must be null with header-only: there is nothing to mount',
  })
  .refine(({ discard, integrity, activation }) => !discard || !integrity || activation === 'header-only', {
    path: ['discard'],
    message: 'needs integrity: false, because a disk that keeps tags cannot discard sectors',
  });
export type StateDiskConfiguration = z.infer<typeof stateDiskConfigurationSchema>;
