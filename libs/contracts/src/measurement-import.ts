import { z } from 'zod';
import { policyDocumentSchema } from './policy.ts';
import { referenceValueSchema } from './policy-values.ts';
import { bytesSchema, sha256Schema, timestampSchema } from './primitives.ts';

const MAX_FILE = 256 * 1024;
const bundle = z.string().max(MAX_FILE).meta({ description: 'Sigstore bundle of the file, JSON as text' });
const trustedRoot = z
  .string()
  .max(MAX_FILE)
  .meta({ description: 'Sigstore trusted root, JSON as text: whose authorities and logs you trust' });

/** How the file is known to be from whom the caller says. There is no third way, and no default (S04). */
const measurementSignatureSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('identity'),
      bundle,
      trustedRoot,
      identity: z
        .string()
        .min(1)
        .max(2000)
        .meta({ description: 'the whole URI or mail address of the certificate' }),
      issuer: z.string().min(1).max(2000).meta({ description: 'the whole OIDC issuer' }),
    }),
    z.strictObject({
      kind: z.literal('key'),
      publicKey: z.string().max(2000).meta({ description: 'PEM of a P-256 key, as cosign makes it' }),
      signed: z.union([
        z.strictObject({
          signature: z.string().max(2000).meta({ description: 'base64 of the DER signature' }),
        }),
        z.strictObject({ bundle, trustedRoot: trustedRoot.nullable() }),
      ]),
    }),
  ])
  .meta({ id: 'MeasurementSignature' });

export const importMeasurementsSchema = z
  .strictObject({
    document: policyDocumentSchema,
    measurements: bytesSchema(MAX_FILE).meta({
      description: 'the file, byte for byte as it was signed, base64url without padding',
    }),
    signature: measurementSignatureSchema,
    set: z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'which set of the file, where several are of the policy’s variant' }),
    from: timestampSchema.optional().meta({ description: 'the values are accepted from here on' }),
    until: timestampSchema.optional().meta({ description: 'the values are accepted until here' }),
  })
  .meta({ id: 'ImportMeasurements' });
export type ImportMeasurements = z.infer<typeof importMeasurementsSchema>;

/** The document as it becomes. Nothing is stored. */
export const importedMeasurementsSchema = z
  .strictObject({
    document: policyDocumentSchema,
    signature: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('identity'),
        identity: z.string(),
        issuer: z.string(),
        signedAt: timestampSchema,
        logIndex: z.string(),
      }),
      z.strictObject({
        kind: z.literal('key'),
        spkiSha256: sha256Schema,
        signedAt: timestampSchema.nullable().meta({ description: 'null where no log vouches for a time' }),
        logIndex: z.string().nullable(),
      }),
    ]),
    added: z.array(z.strictObject({ register: z.string(), values: z.array(referenceValueSchema) })),
    leftOut: z.array(
      z.strictObject({
        register: z.string(),
        reason: z.enum(['not-in-policy', 'any', 'other-bank', 'warn-only', 'lock', 'already-there']),
      }),
    ),
  })
  .meta({ id: 'ImportedMeasurements' });
export type ImportedMeasurements = z.infer<typeof importedMeasurementsSchema>;
