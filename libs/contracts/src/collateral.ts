import { z } from 'zod';
import { bytesSchema, sha256Schema, timestampSchema } from './primitives.ts';

/** What vendors publish to check evidence with; `key` says of which product, chip or platform. */
export const collateralKindSchema = z
  .enum([
    'amd-chain',
    'amd-vcek',
    'amd-crl',
    'intel-tcb-info',
    'intel-qe-identity',
    'intel-pck-crl',
    'intel-root-crl',
  ])
  .meta({ id: 'CollateralKind', examples: ['intel-tcb-info'] });

const keySchema = z
  .string()
  .regex(/^[A-Za-z0-9./]{1,200}$/)
  .meta({ description: 'of which product, chip or platform', examples: ['00806f050000'] });

const sourceSchema = z
  .string()
  .min(1)
  .max(255)
  .meta({ description: 'host that answered', examples: ['collateral.example'] });

const MIB = 1024 * 1024;

export const collateralItemSchema = z
  .strictObject({
    kind: collateralKindSchema,
    key: keySchema,
    fetchedAt: timestampSchema,
    source: sourceSchema,
    content: bytesSchema(8 * MIB).meta({ description: "the vendor's answer as it came, base64url" }),
    issuerChain: z
      .string()
      .max(64 * 1024)
      .nullable()
      .meta({
        description: 'PEM of the issuers that did not come in the answer itself; null where they did',
      }),
  })
  .meta({ id: 'CollateralItem' });
export type CollateralItemDocument = z.infer<typeof collateralItemSchema>;

/** Collateral for sites without a way to the vendors. Every item stands alone: it is verified when it is imported. */
export const collateralBundleSchema = z
  .strictObject({
    schema: z.literal('asterism/collateral/v1'),
    items: z.array(collateralItemSchema).max(4096),
  })
  .meta({ id: 'CollateralBundle' });
export type CollateralBundle = z.infer<typeof collateralBundleSchema>;

/** What is kept here of one item, without its content. */
export const collateralEntrySchema = z
  .strictObject({
    kind: collateralKindSchema,
    key: keySchema,
    issuer: z
      .string()
      .max(1000)
      .meta({ description: 'name of whoever signed it', examples: ['CN=Intel SGX TCB Signing'] }),
    thisUpdate: timestampSchema,
    nextUpdate: timestampSchema.meta({ description: 'never used from here on' }),
    fetchedAt: timestampSchema,
    source: sourceSchema,
    contentSha256: sha256Schema,
  })
  .meta({ id: 'CollateralEntry' });
export type CollateralEntry = z.infer<typeof collateralEntrySchema>;

export const collateralImportSchema = z
  .strictObject({
    imported: z.array(collateralEntrySchema),
    refused: z.array(
      z.strictObject({
        kind: collateralKindSchema,
        key: keySchema,
        code: z.string().meta({ examples: ['collateral-expired'] }),
        message: z.string(),
      }),
    ),
  })
  .meta({
    id: 'CollateralImport',
    description: 'what was taken, and what was left out because it is expired, forged or malformed',
  });
export type CollateralImport = z.infer<typeof collateralImportSchema>;
