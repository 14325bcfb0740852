import { z } from 'zod';
import { commentSchema, idOrNameSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

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

/** Purposes whose keys encrypt data of somebody; in external mode they are random and wrapped by the provider. */
export const DATA_KEY_PURPOSES = ['state-disk', 'volume', 'object-store'] as const;
export const dataKeyPurposeSchema = z.enum(DATA_KEY_PURPOSES).meta({ id: 'DataKeyPurpose' });
export type DataKeyPurpose = z.infer<typeof dataKeyPurposeSchema>;

/** Purposes whose keys a member of the cluster may ask for. */
export const MEMBER_KEY_PURPOSES = ['volume', 'object-store'] as const;
export const memberKeyPurposeSchema = z.enum(MEMBER_KEY_PURPOSES).meta({ id: 'MemberKeyPurpose' });
export type MemberKeyPurpose = z.infer<typeof memberKeyPurposeSchema>;

/** What a volume, object store or disk is called; also a piece of a path and of a derivation. */
export const keyIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'letters, digits, `.`, `_` and `-`, 1 to 128')
  .meta({ id: 'KeyId', examples: ['pvc-7f0e2a51'] });

export const keyStateSchema = z
  .enum(['active', 'retired', 'destroyed'])
  .meta({ description: 'retired: opens what it encrypted, and is the current version of nothing any more' });

export const keyMetadataSchema = z
  .strictObject({
    clusterId: idSchema,
    purpose: keyPurposeSchema,
    id: z.string(),
    version: z.number().int(),
    owner: z.string().meta({
      description:
        '`node:<id>`, `pool:<id>`, `cluster`, or `machine:<identity>` for a restored key of a disk whose node has not come back',
      examples: ['node:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11'],
    }),
    state: keyStateSchema,
    useCount: z.number().int(),
    createdAt: timestampSchema,
    lastUsedAt: timestampSchema.nullable(),
    provider: nameSchema
      .nullable()
      .meta({ description: 'whose KEK wraps it; null where it is derived from the cluster’s root' }),
  })
  .meta({ id: 'KeyMetadata' });
export type KeyMetadata = z.infer<typeof keyMetadataSchema>;

/** All versions of one key, the newest first. */
export const keySchema = z
  .strictObject({
    purpose: keyPurposeSchema,
    id: z.string(),
    owner: z.string(),
    current: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'the version that encrypts; null where the newest is retired or destroyed' }),
    versions: z.array(keyMetadataSchema),
  })
  .meta({ id: 'Key' });
export type Key = z.infer<typeof keySchema>;

/** Who may ask for a key: one node, the nodes of a pool, or every member of the cluster. */
export const keyOwnerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('node'), node: idOrNameSchema }),
    z.strictObject({ kind: z.literal('pool'), pool: idOrNameSchema }),
    z.strictObject({ kind: z.literal('cluster') }),
  ])
  .meta({ id: 'KeyOwner' });

export const declareKeySchema = z
  .strictObject({ purpose: memberKeyPurposeSchema, id: keyIdSchema, owner: keyOwnerSchema })
  .meta({ id: 'DeclareKey' });
export type DeclareKey = z.infer<typeof declareKeySchema>;

export const destroyKeySchema = z
  .strictObject({
    confirm: z.string().max(128).meta({ description: 'the key’s id, typed again' }),
    reason: commentSchema,
  })
  .meta({ id: 'DestroyKey' });
export type DestroyKey = z.infer<typeof destroyKeySchema>;

/** A member asks for a key by name; what it may have follows from the record, not from the request (S17). */
export const memberKeyRequestSchema = z
  .strictObject({
    purpose: memberKeyPurposeSchema,
    id: keyIdSchema,
    version: z
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ description: 'absent: the current one, which is made where there is none' }),
  })
  .meta({ id: 'MemberKeyRequest' });
export type MemberKeyRequest = z.infer<typeof memberKeyRequestSchema>;

/** What stands behind a cluster's data keys. */
export const clusterKeysSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('managed'), scheme: z.enum(['asterism', 'constellation']) }),
    z.strictObject({ mode: z.literal('external'), scheme: z.literal('asterism'), provider: nameSchema }),
  ])
  .meta({ id: 'ClusterKeys' });
export type ClusterKeys = z.infer<typeof clusterKeysSchema>;

/** A configured provider; addresses, key names and credentials stay in the API's configuration. */
export const kekProviderSchema = z
  .strictObject({
    name: nameSchema,
    kind: z.enum(['awskms', 'azurekms', 'gcpkms', 'vault', 'pkcs11', 'kmip']),
    state: z
      .enum(['enabled', 'disabled', 'unknown', 'failing'])
      .meta({ description: '`failing`: it could not be asked; `code` says why' }),
    code: z.string().nullable(),
    clusters: z.number().int().meta({ description: 'clusters whose data keys it wraps' }),
  })
  .meta({ id: 'KekProvider' });
export type KekProviderStatus = z.infer<typeof kekProviderSchema>;

/** A site has a handful: one page is all of them. */
export const kekProvidersSchema = z
  .strictObject({ items: z.array(kekProviderSchema) })
  .meta({ id: 'KekProviders' });

export const createRewrapSchema = z
  .strictObject({
    provider: nameSchema.meta({
      description:
        'wraps every data key of the cluster from now on; its own name: under its newest KEK version',
    }),
  })
  .meta({ id: 'CreateRewrap' });

export const rewrapSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    provider: nameSchema,
    state: z
      .enum(['running', 'waiting', 'done', 'cancelled'])
      .meta({ description: 'waiting: a provider does not answer; it goes on by itself' }),
    total: z.number().int(),
    done: z.number().int(),
    reason: z.string().nullable().meta({ description: 'code of the last failure, while it waits' }),
    requestedBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    finishedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'Rewrap' });
export type Rewrap = z.infer<typeof rewrapSchema>;

export const mirrorRestoreSchema = z
  .strictObject({
    restored: z.number().int(),
    present: z.number().int().meta({ description: 'keys that the database had already' }),
    refused: z
      .number()
      .int()
      .meta({ description: 'objects that are not of this cluster, or no wrapped keys' }),
  })
  .meta({ id: 'MirrorRestore' });
export type MirrorRestore = z.infer<typeof mirrorRestoreSchema>;
