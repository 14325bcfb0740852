import { z } from 'zod';

/** Evidence variants, protocol §2. A pool has exactly one. */
export const VARIANTS = [
  'tpm',
  'sev-snp',
  'tdx',
  'azure-sev-snp',
  'azure-tdx',
  'azure-trusted-launch',
  'gcp-sev-snp',
  'gcp-sev-es',
  'aws-sev-snp',
  'aws-nitro-tpm',
] as const;

export const variantSchema = z
  .enum(VARIANTS)
  .meta({ id: 'Variant', description: 'evidence variant', examples: ['tpm'] });
export type Variant = z.infer<typeof variantSchema>;

/** Variants whose evidence holds a TPM quote, signed over the PCRs that the verifier asks for. */
export const QUOTED_VARIANTS = [
  'tpm',
  'azure-sev-snp',
  'azure-tdx',
  'azure-trusted-launch',
  'gcp-sev-snp',
  'gcp-sev-es',
  'aws-sev-snp',
] as const satisfies readonly Variant[];
export type QuotedVariant = (typeof QUOTED_VARIANTS)[number];

/** Variants whose registers are chosen by the evidence's own format, so that a verifier has nothing to select. */
export const WHOLE_VARIANTS = ['sev-snp', 'tdx', 'aws-nitro-tpm'] as const satisfies readonly Variant[];
export type WholeVariant = (typeof WHOLE_VARIANTS)[number];
