import { z } from 'zod';
import { awsCredentials } from '../../aws/section.ts';
import { caFileField, originField } from '../../configuration/fields.ts';
import { prefixField } from '../prefix.ts';

/** A bucket of S3 or of storage that speaks its protocol. */
export const s3Section = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no bucket name'),
  region: z.string().min(1),
  prefix: prefixField,
  endpoint: originField.optional(),
  /** Buckets in the path, not in the host name, as most storage beside AWS wants it. */
  pathStyle: z.boolean().default(false),
  caFile: caFileField,
  credentials: awsCredentials,
});
export type S3Section = z.infer<typeof s3Section>;
