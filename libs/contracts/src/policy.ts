import { z } from 'zod';
import { commentSchema, digestSchema, orAny, sha256Schema, timestampSchema } from './primitives.ts';
import { APPRAISED_VARIANTS } from './variant.ts';

/** One accepted value. Several stand side by side during a roll-out; each can have a window of validity. */
export const referenceValueSchema = z
  .strictObject({
    digest: digestSchema,
    comment: commentSchema,
    from: timestampSchema.optional(),
    until: timestampSchema.optional(),
  })
  .meta({ id: 'ReferenceValue' });
export type ReferenceValue = z.infer<typeof referenceValueSchema>;

/** `enforce` refuses on mismatch; `warn` accepts with status `warning`. */
export const modeSchema = z.enum(['enforce', 'warn']).meta({ id: 'MeasurementMode' });

export const measurementSchema = z
  .strictObject({ mode: modeSchema, values: orAny(z.array(referenceValueSchema).min(1).max(32)) })
  .meta({ id: 'Measurement' });
export type Measurement = z.infer<typeof measurementSchema>;

/** A root of trust, pinned by name and SHA-256 of its SubjectPublicKeyInfo. */
export const trustAnchorSchema = z
  .strictObject({ name: z.string().min(1).max(100), spkiSha256: sha256Schema })
  .meta({ id: 'TrustAnchor' });
export type TrustAnchor = z.infer<typeof trustAnchorSchema>;

/** The PCR that the lock extends (protocol §5); a policy cannot name it, the platform always compares it. */
export const LOCK_PCR = 15;

const pcrsSchema = z
  .record(
    z.string().regex(/^(?:\d|1[0-46-9]|2[0-3])$/, 'a PCR from 0 to 23, not 15: the lock is always compared'),
    measurementSchema,
  )
  .refine((pcrs) => Object.keys(pcrs).length > 0, 'at least one PCR')
  .meta({ description: 'PCR index → expected values; exactly these and PCR 15 are quoted' });

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
  maximumCollateralAge: orAny(z.number().int().min(60).max(31_536_000)).meta({ description: 'seconds' }),
  approval: z.enum(['automatic', 'required']),
};

export const tpmPolicySchema = z
  .strictObject({
    ...sharedFields,
    variant: z.literal('tpm'),
    tpm: z.strictObject({
      bank: z.enum(['sha256', 'sha384']),
      pcrs: pcrsSchema,
      attestationKey: attestationKeySchema,
      eventLog: z
        .enum(['required', 'any'])
        .meta({ description: '`required`: evidence without an event log is refused' }),
    }),
  })
  .meta({ id: 'TpmPolicy' });

/** What a pool accepts, protocol §3. Fail-closed: a missing field is an error. */
export const policyDocumentSchema = z
  .discriminatedUnion('variant', [tpmPolicySchema])
  .meta({ id: 'PolicyDocument' });
export type PolicyDocument = z.infer<typeof policyDocumentSchema>;
export type PolicyOf<V extends PolicyDocument['variant']> = Extract<PolicyDocument, { variant: V }>;

export const policyVariantSchema = z.enum(APPRAISED_VARIANTS);
