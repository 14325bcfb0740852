import { z } from 'zod';
import { caFileField, fileField, originField } from '../configuration/fields.ts';

/**
 * Where AWS credentials come from. `default` is the SDK's own chain: environment, web identity of a Kubernetes service
 * account, shared files, container and instance metadata.
 */
export const awsCredentials = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('default') }),
  z.strictObject({
    source: z.literal('file'),
    /** In the format of `~/.aws/credentials`. */
    file: fileField,
    profile: z.string().min(1).default('default'),
  }),
  z.strictObject({
    source: z.literal('web-identity'),
    role: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'is no ARN of an IAM role'),
    tokenFile: fileField,
    /** Of STS, where it is not the region's own. */
    endpoint: originField.optional(),
  }),
]);
export type AwsCredentials = z.infer<typeof awsCredentials>;

/** A symmetric key of AWS KMS. */
export const awsKmsSection = z.strictObject({
  kind: z.literal('awskms'),
  /** ARN of a key; aliases can be pointed at another key behind our back. */
  key: z
    .string()
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, 'is no ARN of a KMS key'),
  /** In the place of the region's own, for example a VPC endpoint. */
  endpoint: originField.optional(),
  /** Region of that endpoint; the key's, where it is not given. */
  region: z
    .string()
    .regex(/^[a-z]{2}[a-z0-9-]+$/, 'is no region')
    .optional(),
  caFile: caFileField,
  credentials: awsCredentials,
});
export type AwsKmsSection = z.infer<typeof awsKmsSection>;
