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

/** Variants that this build can appraise; a pool of another variant is refused with `variant-unsupported`. */
export const APPRAISED_VARIANTS = ['tpm'] as const satisfies readonly Variant[];
