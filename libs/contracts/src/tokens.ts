import { z } from 'zod';
import { idSchema, timestampSchema } from './primitives.ts';
import { permissionSchema, roleSchema } from './permissions.ts';

/** A role over everything (`clusterId` null) or over one cluster. */
export const roleBindingSchema = z
  .strictObject({ role: roleSchema, clusterId: idSchema.nullable() })
  .meta({ id: 'RoleBinding' });
export type RoleBinding = z.infer<typeof roleBindingSchema>;

export const tokenSchema = z
  .strictObject({
    id: idSchema,
    name: z.string().min(1).max(100),
    kind: z.enum(['token', 'session']),
    bindings: z.array(roleBindingSchema),
    createdBy: z.string(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
    lastUsedAt: timestampSchema.nullable(),
    revokedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof tokenSchema>;

export const createTokenSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    bindings: z.array(roleBindingSchema).min(1).max(50),
    expiresIn: z.number().int().min(60).max(31_536_000).meta({ description: 'seconds' }),
  })
  .meta({ id: 'CreateToken' });
export type CreateToken = z.infer<typeof createTokenSchema>;

/** Shown once; only its hash is stored (S29). */
export const createdTokenSchema = z
  .strictObject({ token: tokenSchema, secret: z.string().meta({ description: 'shown once' }) })
  .meta({ id: 'CreatedToken' });

/** A code for one sign-in in a browser; lives ten minutes and works once. */
export const signInLinkSchema = z
  .strictObject({ code: z.string(), expiresAt: timestampSchema })
  .meta({ id: 'SignInLink' });

export const sessionSchema = z
  .strictObject({
    principal: z.string(),
    name: z.string(),
    bindings: z.array(roleBindingSchema),
    permissions: z.array(permissionSchema).meta({ description: 'held globally' }),
    clusterPermissions: z
      .record(z.string(), z.array(permissionSchema))
      .meta({ description: 'cluster id → permissions held there' }),
    expiresAt: timestampSchema,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof sessionSchema>;
