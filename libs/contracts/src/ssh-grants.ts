import { z } from 'zod';
import { accessUserNameSchema, principalSchema, sshFingerprintSchema, sshPublicKeySchema } from './access.ts';
import { idOrNameSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

export const SSH_GRANT_STATES = ['waiting', 'active', 'denied', 'ended', 'expired'] as const;
export const sshGrantStateSchema = z.enum(SSH_GRANT_STATES).meta({
  id: 'SshGrantState',
  description: 'ended: by a person; expired: its time was over, or nobody decided',
});
export type SshGrantState = z.infer<typeof sshGrantStateSchema>;

/** IPv4 or IPv6 address or network: what `source-address` of a certificate takes. */
export const sourceAddressSchema = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
  .meta({ description: 'address or network in CIDR form', examples: ['192.0.2.0/24'] });

/** Printable and one line; runs in place of whatever the client asks for. */
const forceCommandSchema = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII in one line')
  .meta({ examples: ['/usr/bin/journalctl -u kubelet'] });

/** Who follows from the key, which must be declared for one user; the rest is what is asked for. */
export const createSshGrantSchema = z
  .strictObject({
    publicKey: sshPublicKeySchema,
    principal: principalSchema,
    node: idOrNameSchema
      .nullable()
      .default(null)
      .meta({ description: 'one node; null: every node that the user may use' }),
    seconds: z.number().int().min(60).max(604_800).optional().meta({
      description: 'how long the grant lasts; absent: as long as one certificate',
    }),
    reason: z.string().max(500).default(''),
    sourceAddresses: z
      .array(sourceAddressSchema)
      .max(20)
      .default([])
      .meta({ description: 'none: from anywhere' }),
    forceCommand: forceCommandSchema.nullable().default(null),
  })
  .meta({ id: 'CreateSshGrant' });
export type CreateSshGrant = z.infer<typeof createSshGrantSchema>;

/** Who, as whom, where, how long, why. */
export const sshGrantSchema = z
  .strictObject({
    id: idSchema,
    clusterId: idSchema,
    user: accessUserNameSchema,
    principal: principalSchema,
    node: z.strictObject({ id: idSchema, name: nameSchema }).nullable(),
    pools: z
      .array(nameSchema)
      .meta({ description: 'whose nodes it is good for, where it is not for one node' }),
    publicKey: sshPublicKeySchema,
    fingerprint: sshFingerprintSchema,
    reason: z.string(),
    sourceAddresses: z.array(sourceAddressSchema),
    forceCommand: z.string().nullable(),
    state: sshGrantStateSchema,
    requestedBy: z.string().meta({ description: '`token:<id>`' }),
    requesterName: z.string(),
    decidedBy: z.string().nullable(),
    decisionReason: z.string().nullable(),
    endedBy: z.string().nullable(),
    endReason: z.string().nullable(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.meta({ description: 'of the grant; while it waits, of the request' }),
    endedAt: timestampSchema.nullable(),
    openSessions: z.number().int(),
  })
  .meta({ id: 'SshGrant' });
export type SshGrant = z.infer<typeof sshGrantSchema>;

export const approveSshGrantSchema = z
  .strictObject({
    fingerprint: sshFingerprintSchema.meta({ description: 'of the key that was shown' }),
    reason: z.string().max(500).default(''),
  })
  .meta({ id: 'ApproveSshGrant' });
export type ApproveSshGrant = z.infer<typeof approveSshGrantSchema>;

export const createSshCertificateSchema = z
  .strictObject({
    seconds: z.number().int().min(60).max(86_400).optional().meta({
      description: 'absent: the policy’s default; never beyond the end of the grant',
    }),
  })
  .meta({ id: 'CreateSshCertificate' });
export type CreateSshCertificate = z.infer<typeof createSshCertificateSchema>;

export const sshCertificateSchema = z
  .strictObject({
    serial: z.number().int().meta({ description: 'of this cluster, never twice' }),
    clusterId: idSchema,
    grantId: idSchema,
    user: accessUserNameSchema,
    principals: z.array(z.string()).meta({ description: 'as the certificate lists them' }),
    keyId: z.string().meta({ description: 'names the grant in every log of sshd' }),
    fingerprint: sshFingerprintSchema,
    authorityVersion: z.number().int(),
    validAfter: timestampSchema,
    validBefore: timestampSchema,
    issuedBy: z.string(),
    revokedAt: timestampSchema.nullable(),
    revokedBy: z.string().nullable(),
    revokeReason: z.string().nullable(),
  })
  .meta({ id: 'SshCertificate' });
export type SshCertificate = z.infer<typeof sshCertificateSchema>;

export const issuedSshCertificateSchema = sshCertificateSchema
  .extend({
    certificate: z.string().meta({ description: 'one line: the content of `id_…-cert.pub`' }),
  })
  .meta({ id: 'IssuedSshCertificate' });
export type IssuedSshCertificate = z.infer<typeof issuedSshCertificateSchema>;

/** A key that nobody logs in with any more, whoever declares it: a lost laptop. */
export const revokeSshKeySchema = z
  .strictObject({ fingerprint: sshFingerprintSchema, reason: z.string().min(1).max(500) })
  .meta({ id: 'RevokeSshKey' });
export type RevokeSshKey = z.infer<typeof revokeSshKeySchema>;

export const revokedSshKeySchema = z
  .strictObject({
    fingerprint: sshFingerprintSchema,
    reason: z.string(),
    revokedBy: z.string(),
    revokedAt: timestampSchema,
  })
  .meta({ id: 'RevokedSshKey' });
export type RevokedSshKey = z.infer<typeof revokedSshKeySchema>;
