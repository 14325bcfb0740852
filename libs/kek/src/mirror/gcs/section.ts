import { z } from 'zod';
import { originField } from '../../configuration/fields.ts';
import { gcpCredentials } from '../../google/section.ts';
import { prefixField } from '../prefix.ts';

/** A bucket of Google Cloud Storage. */
export const gcsSection = z.strictObject({
  kind: z.literal('gcs'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'is no bucket name'),
  prefix: prefixField,
  endpoint: originField.optional(),
  credentials: gcpCredentials,
});
export type GcsSection = z.infer<typeof gcsSection>;
