import { z } from 'zod';
import { principalSchema, sshFingerprintSchema, sshPublicKeySchema, sudoRuleSchema } from './access.ts';
import { bytesSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';
import { sshAuthorityKindSchema } from './ssh-authorities.ts';

/** What one node enforces, whole: what is not in it is removed. Nothing in it is secret. */
export const nodeAccessStateSchema = z
  .strictObject({
    revision: z.number().int(),
    cluster: z.strictObject({ id: idSchema, name: nameSchema }),
    node: z.strictObject({ id: idSchema, name: nameSchema }),
    issuedAt: timestampSchema,
    validUntil: timestampSchema.meta({
      description: 'a node that hears nothing until then takes emergency certificates only',
    }),
    authorities: z.array(
      z.strictObject({
        kind: sshAuthorityKindSchema.exclude(['host']),
        version: z.number().int(),
        publicKey: sshPublicKeySchema,
        trustedUntil: timestampSchema.nullable(),
      }),
    ),
    revocationList: bytesSchema(2_000_000).meta({
      description: 'OpenSSH key revocation list, for `RevokedKeys`',
    }),
    places: z
      .array(z.string().max(100))
      .min(1)
      .meta({
        description: 'lines of AuthorizedPrincipalsFile are `<account>@<place>`',
        examples: [['pool.workers', 'node.workers-1']],
      }),
    accounts: z
      .array(
        z.strictObject({
          name: principalSchema,
          sudo: sudoRuleSchema,
          until: timestampSchema.nullable().meta({ description: 'the account’s end; null: none' }),
        }),
      )
      .meta({
        description:
          '`root` is here where a user may be root; it is never made or changed, and takes emergency certificates always',
      }),
    sessions: z.enum(['end-with-grant', 'until-logout']),
  })
  .meta({ id: 'NodeAccessState' });
export type NodeAccessState = z.infer<typeof nodeAccessStateSchema>;

export const hostCertificateRequestSchema = z
  .strictObject({ publicKey: sshPublicKeySchema })
  .meta({ id: 'HostCertificateRequest' });
export type HostCertificateRequest = z.infer<typeof hostCertificateRequestSchema>;

/** Names in it are the server's (S17); the node only lends its key. */
export const hostCertificateSchema = z
  .strictObject({
    certificate: z.string().meta({ description: 'one line, for `HostCertificate`' }),
    authorityVersion: z.number().int(),
    validBefore: timestampSchema,
    renewAt: timestampSchema,
  })
  .meta({ id: 'HostCertificate' });
export type HostCertificate = z.infer<typeof hostCertificateSchema>;

export const NODE_ACCESS_FAULTS = [
  'sshd-missing',
  'sshd-too-old',
  'sshd-vulnerable',
  'sshd-configuration-invalid',
  'sshd-setting-overridden',
  'sshd-reload-failed',
  'account-foreign',
  'account-failed',
  'sudoers-invalid',
  'file-unwritable',
  'state-expired',
] as const;
export const nodeAccessFaultSchema = z
  .strictObject({
    code: z.enum(NODE_ACCESS_FAULTS),
    subject: z.string().max(200).meta({ description: 'account, setting or file' }),
    detail: z.string().max(500),
  })
  .meta({ id: 'NodeAccessFault' });
export type NodeAccessFault = z.infer<typeof nodeAccessFaultSchema>;

/** Something that the agent had written was changed by somebody else, and was put right. */
export const accessDriftSchema = z
  .strictObject({
    path: z.string().max(300),
    kind: z.enum(['changed', 'missing', 'unexpected', 'permissions', 'account']),
    at: timestampSchema,
  })
  .meta({ id: 'AccessDrift' });
export type AccessDrift = z.infer<typeof accessDriftSchema>;

export const sshAddressSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/, 'a host name or an address'),
    port: z.number().int().min(1).max(65_535),
  })
  .meta({ id: 'SshAddress' });
export type SshAddress = z.infer<typeof sshAddressSchema>;

/** What a node says of its own enforcement, after each change of it. */
export const nodeAccessReportSchema = z
  .strictObject({
    revision: z.number().int().meta({ description: 'that is in force, 0: none' }),
    opensshVersion: z.string().max(100).nullable(),
    faults: z.array(nodeAccessFaultSchema).max(200),
    drift: z.array(accessDriftSchema).max(100).meta({ description: 'repaired since the report before' }),
    addresses: z
      .array(sshAddressSchema)
      .max(8)
      .meta({ description: 'where its sshd listens; proves nothing' }),
  })
  .meta({ id: 'NodeAccessReport' });
export type NodeAccessReport = z.infer<typeof nodeAccessReportSchema>;

export const nodeAccessSchema = z
  .strictObject({
    node: z.strictObject({ id: idSchema, name: nameSchema, pool: nameSchema }),
    state: z
      .enum(['in-force', 'behind', 'faulty', 'away', 'none'])
      .meta({ description: 'away: not connected; none: it has never reported' }),
    revision: z.number().int().meta({ description: 'in force there' }),
    wanted: z.number().int(),
    opensshVersion: z.string().nullable(),
    faults: z.array(nodeAccessFaultSchema),
    drift: z.array(accessDriftSchema).meta({ description: 'the latest, newest first' }),
    addresses: z.array(sshAddressSchema),
    hostKeys: z.array(
      z.strictObject({
        publicKey: sshPublicKeySchema,
        fingerprint: sshFingerprintSchema,
        validBefore: timestampSchema,
        revoked: z.boolean(),
      }),
    ),
    reportedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'NodeAccess' });
export type NodeAccess = z.infer<typeof nodeAccessSchema>;
