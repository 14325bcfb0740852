import { z } from 'zod';
import { fileField, originField } from '../configuration/fields.ts';

/** Where Google credentials come from. `default` is the SDK's own chain, the metadata server included. */
export const gcpCredentials = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('default') }),
  /** Service-account key or `external_account` (workload identity federation), as Google writes them. */
  z.strictObject({ source: z.literal('file'), file: fileField }),
]);
export type GcpCredentials = z.infer<typeof gcpCredentials>;

/** A symmetric key of Google Cloud KMS. */
export const gcpKmsSection = z.strictObject({
  kind: z.literal('gcpkms'),
  /** Without a version: the primary one wraps. */
  key: z
    .string()
    .regex(
      /^projects\/[^/]+\/locations\/[a-z0-9-]+\/keyRings\/[A-Za-z0-9_-]{1,63}\/cryptoKeys\/[A-Za-z0-9_-]{1,63}$/,
      'is no name of a key (projects/…/locations/…/keyRings/…/cryptoKeys/…)',
    ),
  endpoint: originField.optional(),
  credentials: gcpCredentials,
});
export type GcpKmsSection = z.infer<typeof gcpKmsSection>;
