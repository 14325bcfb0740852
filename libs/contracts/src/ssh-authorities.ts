import { z } from 'zod';
import { sshFingerprintSchema, sshPublicKeySchema } from './access.ts';
import { bytesSchema, idSchema, nameSchema, sha256Schema, timestampSchema } from './primitives.ts';

/** `emergency` signs offline, after recovery, for root alone; the API never signs with it. */
export const SSH_AUTHORITY_KINDS = ['user', 'host', 'emergency'] as const;
export const sshAuthorityKindSchema = z.enum(SSH_AUTHORITY_KINDS).meta({ id: 'SshAuthorityKind' });
export type SshAuthorityKind = z.infer<typeof sshAuthorityKindSchema>;

export const sshAuthorityAlgorithmSchema = z.enum(['ed25519', 'ecdsa-p256']);
export type SshAuthorityAlgorithm = z.infer<typeof sshAuthorityAlgorithmSchema>;

/** A version of an authority. Its key is derived from the cluster's root and kept nowhere. */
export const sshAuthoritySchema = z
  .strictObject({
    kind: sshAuthorityKindSchema,
    version: z.number().int(),
    algorithm: sshAuthorityAlgorithmSchema,
    publicKey: sshPublicKeySchema,
    fingerprint: sshFingerprintSchema,
    state: z
      .enum(['coming', 'signing', 'retiring', 'retired', 'revoked'])
      .meta({ description: 'coming: trusted, and does not sign yet; retiring: trusted, and signs no more' }),
    createdAt: timestampSchema,
    signsFrom: timestampSchema,
    trustedUntil: timestampSchema.nullable().meta({ description: 'null: until the next one takes over' }),
    revokedAt: timestampSchema.nullable(),
  })
  .meta({ id: 'SshAuthority' });
export type SshAuthority = z.infer<typeof sshAuthoritySchema>;

/** A cluster has a handful: one page is all of them, the newest first. */
export const sshAuthoritiesSchema = z
  .strictObject({ items: z.array(sshAuthoritySchema) })
  .meta({ id: 'SshAuthorities' });

export const revokeSshAuthoritySchema = z
  .strictObject({
    confirm: sshFingerprintSchema.meta({ description: 'its fingerprint, sent back' }),
    reason: z.string().min(1).max(500),
  })
  .meta({ id: 'RevokeSshAuthority' });
export type RevokeSshAuthority = z.infer<typeof revokeSshAuthoritySchema>;

/** What a client needs to know the hosts of a cluster by, and nothing else. */
export const sshKnownHostsSchema = z
  .strictObject({
    lines: z.array(z.string()).meta({
      description: 'for a known_hosts file; hosts are known as `<node>.<cluster>` (HostKeyAlias)',
      examples: [
        [
          '@cert-authority *.production ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MRpOijyhNdUefQzOtdErQdgY',
        ],
      ],
    }),
    revokedHostKeys: bytesSchema(2_000_000).meta({
      description:
        'key revocation list for `RevokedHostKeys`: host keys of revoked nodes, revoked authorities',
    }),
  })
  .meta({ id: 'SshKnownHosts' });
export type SshKnownHosts = z.infer<typeof sshKnownHostsSchema>;

/** What `asterism ssh-emergency` needs beside the shares. Nothing in it is secret; keep it where the API is not. */
export const emergencyKitSchema = z
  .strictObject({
    schema: z.literal('asterism/emergency-kit/v1'),
    cluster: z.strictObject({ id: idSchema, name: nameSchema, clusterId: sha256Schema }),
    scheme: z.enum(['asterism', 'constellation']),
    salt: bytesSchema(64).meta({ description: 'of the derivation of keys' }),
    authority: z
      .strictObject({
        version: z.number().int(),
        algorithm: sshAuthorityAlgorithmSchema,
        publicKey: sshPublicKeySchema,
      })
      .meta({ description: 'what the shares must give: another key is refused' }),
    knownHosts: z.array(z.string()),
    nodes: z.array(
      z.strictObject({
        name: nameSchema,
        addresses: z.array(z.strictObject({ host: z.string(), port: z.number().int() })),
      }),
    ),
    madeAt: timestampSchema,
  })
  .meta({ id: 'EmergencyKit' });
export type EmergencyKit = z.infer<typeof emergencyKitSchema>;
