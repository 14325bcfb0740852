import { z } from 'zod';
import { pcrsSchema, trustAnchorSchema } from './policy-values.ts';
import { nitroTpmPolicySchema } from './policy-nitro-tpm.ts';
import { snpPolicySchema } from './policy-snp.ts';
import { tdxPolicySchema } from './policy-tdx.ts';
import { orAny, sha256Schema } from './primitives.ts';
import type { Variant } from './variant.ts';

/**
 * How the attestation key is known to be that of a genuine TPM:
 * - `endorsement-key`: credential activation against an EK whose certificate chains to `roots` and/or is in `allow`;
 * - `certificate`: an AK certificate that chains to `roots`;
 * - `pinned`: SHA-256 of the AK's SubjectPublicKeyInfo.
 */
const attestationKeySchema = z
  .discriminatedUnion('trust', [
    z.strictObject({
      trust: z.literal('endorsement-key'),
      roots: orAny(z.array(trustAnchorSchema).min(1).max(64)),
      allow: orAny(z.array(sha256Schema).min(1).max(10_000)).meta({
        description: 'SHA-256 of the EK SubjectPublicKeyInfo',
      }),
    }),
    z.strictObject({ trust: z.literal('certificate'), roots: z.array(trustAnchorSchema).min(1).max(64) }),
    z.strictObject({ trust: z.literal('pinned'), keys: z.array(sha256Schema).min(1).max(10_000) }),
  ])
  .refine((key) => key.trust !== 'endorsement-key' || key.roots !== 'any' || key.allow !== 'any', {
    message: 'either `roots` or `allow` must name something, or every TPM in the world is trusted',
  })
  .meta({ id: 'AttestationKeyPolicy' });

const sharedFields = {
  schema: z.literal('asterism/policy/v1'),
  reattestationInterval: z.number().int().min(2).max(86_400).meta({ description: 'seconds' }),
  maximumCollateralAge: orAny(z.number().int().min(60).max(31_536_000)).meta({
    description:
      'seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly',
  }),
  approval: z.enum(['automatic', 'required']),
};

const eventLogSchema = z
  .enum(['required', 'any'])
  .meta({ description: '`required`: evidence without an event log is refused' });

const quoteFields = { bank: z.enum(['sha256', 'sha384']), pcrs: pcrsSchema, eventLog: eventLogSchema };
/** A vTPM whose attestation key is vouched for by the TEE report beside it. */
const vouchedTpmSchema = z.strictObject(quoteFields).meta({ id: 'VouchedTpmPolicy' });
/** A vTPM whose attestation key has a certificate of the cloud's CA. */
const certifiedTpmSchema = z
  .strictObject({
    ...quoteFields,
    attestationKey: z.strictObject({
      trust: z.literal('certificate'),
      roots: z.array(trustAnchorSchema).min(1).max(64),
    }),
  })
  .meta({ id: 'CertifiedTpmPolicy' });

/** Allow list of machine identities (S22); `any` leaves the choice to approval. */
const machinesSchema = orAny(z.array(sha256Schema).min(1).max(10_000)).meta({
  description: 'machine identities that are accepted',
});

export const tpmPolicySchema = z
  .strictObject({
    ...sharedFields,
    variant: z.literal('tpm'),
    tpm: z.strictObject({ ...quoteFields, attestationKey: attestationKeySchema }),
  })
  .meta({ id: 'TpmPolicy' });

const machineFields = { ...sharedFields, machines: machinesSchema };

const policyVariants = [
  tpmPolicySchema,
  z
    .strictObject({ ...machineFields, variant: z.literal('sev-snp'), snp: snpPolicySchema })
    .meta({ id: 'SevSnpPolicy' }),
  z
    .strictObject({ ...machineFields, variant: z.literal('tdx'), tdx: tdxPolicySchema })
    .meta({ id: 'TdxOnlyPolicy' }),
  z
    .strictObject({
      ...machineFields,
      variant: z.literal('azure-sev-snp'),
      tpm: vouchedTpmSchema,
      snp: snpPolicySchema,
    })
    .meta({ id: 'AzureSevSnpPolicy' }),
  z
    .strictObject({
      ...machineFields,
      variant: z.literal('azure-tdx'),
      tpm: vouchedTpmSchema,
      tdx: tdxPolicySchema,
    })
    .meta({ id: 'AzureTdxPolicy' }),
  z
    .strictObject({ ...machineFields, variant: z.literal('azure-trusted-launch'), tpm: certifiedTpmSchema })
    .meta({ id: 'AzureTrustedLaunchPolicy' }),
  z
    .strictObject({
      ...machineFields,
      variant: z.literal('gcp-sev-snp'),
      tpm: certifiedTpmSchema,
      snp: snpPolicySchema,
    })
    .meta({ id: 'GcpSevSnpPolicy' }),
  z
    .strictObject({ ...machineFields, variant: z.literal('gcp-sev-es'), tpm: certifiedTpmSchema })
    .meta({ id: 'GcpSevEsPolicy' }),
  z
    .strictObject({
      ...machineFields,
      variant: z.literal('aws-sev-snp'),
      tpm: vouchedTpmSchema,
      snp: snpPolicySchema,
    })
    .meta({ id: 'AwsSevSnpPolicy' }),
  z
    .strictObject({ ...machineFields, variant: z.literal('aws-nitro-tpm'), nitroTpm: nitroTpmPolicySchema })
    .meta({ id: 'AwsNitroTpmPolicy' }),
] as const;

/** What a pool accepts, protocol §3. Fail-closed: a missing field is an error. */
export const policyDocumentSchema = z
  .discriminatedUnion('variant', policyVariants)
  .meta({ id: 'PolicyDocument' });
export type PolicyDocument = z.infer<typeof policyDocumentSchema>;
export type PolicyOf<V extends Variant> = Extract<PolicyDocument, { variant: V }>;
