import { z } from 'zod';
import { idSchema, nameSchema, sha256Schema, timestampSchema } from './primitives.ts';
import { clusterKeysSchema } from './keys.ts';
import { stateDiskKdfSchema } from './state-disks.ts';
import { variantSchema } from './variant.ts';

/** `none`: attested machines with state-disk keys, no Kubernetes on them. */
export const kubernetesModeSchema = z.enum(['none']).meta({ id: 'KubernetesMode' });
export const poolRoleSchema = z.enum(['control-plane', 'worker']).meta({ id: 'PoolRole' });
export type PoolRole = z.infer<typeof poolRoleSchema>;

const description = z.string().max(500);

export const clusterSchema = z
  .strictObject({
    id: idSchema,
    name: nameSchema,
    description,
    kubernetesMode: kubernetesModeSchema,
    keys: clusterKeysSchema,
    clusterId: sha256Schema.meta({
      description:
        'the cluster’s measured identity (protocol §5), 32 bytes; its SHA-256 is extended into PCR 15',
    }),
    state: z.enum(['created', 'initialising', 'ready']),
    nodeCounts: z
      .record(z.string(), z.number().int())
      .meta({ description: 'node state → count', examples: [{ member: 3 }] }),
    revision: z.number().int(),
    createdAt: timestampSchema,
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof clusterSchema>;

/** Where a new cluster's keys come from. Key addresses and credentials are configuration, never in a request. */
export const createClusterKeysSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('managed'),
      constellation: z
        .strictObject({
          masterSecret: z.base64().max(88).meta({ description: '`key` of constellation-mastersecret.json' }),
          salt: z.base64().max(88).meta({ description: '`salt` of the same file' }),
          measurementSalt: z
            .base64()
            .max(88)
            .meta({ description: '`clusterValues.measurementSalt` of the state file, as base64' }),
          volumes: z
            .array(z.uuid())
            .max(1_000)
            .default([])
            .meta({ description: 'LUKS UUIDs of its volumes: these keep their old keys, and no others' }),
        })
        .optional()
        .meta({ description: 'take over the keys of a Constellation cluster' }),
    }),
    z.strictObject({ mode: z.literal('external'), provider: nameSchema }),
  ])
  .meta({ id: 'CreateClusterKeys' });

export const createClusterSchema = z
  .strictObject({
    name: nameSchema,
    description: description.default(''),
    kubernetesMode: kubernetesModeSchema.default('none'),
    keys: createClusterKeysSchema.default({ mode: 'managed' }),
  })
  .meta({ id: 'CreateCluster' });
export type CreateCluster = z.infer<typeof createClusterSchema>;

export const updateClusterSchema = z.strictObject({ description }).meta({ id: 'UpdateCluster' });

export const deleteClusterSchema = z
  .strictObject({ confirm: nameSchema.meta({ description: 'the cluster’s name, typed again' }) })
  .meta({ id: 'DeleteCluster' });

export const poolSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    name: nameSchema,
    description,
    role: poolRoleSchema,
    variant: variantSchema,
    stateDiskKdf: stateDiskKdfSchema,
    activePolicyVersion: z.number().int().nullable(),
    nodeCounts: z.record(z.string(), z.number().int()),
    revision: z.number().int(),
    createdAt: timestampSchema,
  })
  .meta({ id: 'Pool' });
export type Pool = z.infer<typeof poolSchema>;

export const createPoolSchema = z
  .strictObject({
    name: nameSchema,
    description: description.default(''),
    role: poolRoleSchema,
    variant: variantSchema,
    stateDiskKdf: stateDiskKdfSchema.default('pbkdf2'),
  })
  .meta({ id: 'CreatePool' });
export type CreatePool = z.infer<typeof createPoolSchema>;

export const updatePoolSchema = z.strictObject({ description }).meta({ id: 'UpdatePool' });
