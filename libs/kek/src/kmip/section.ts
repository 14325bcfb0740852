import { z } from 'zod';
import { fileField } from '../configuration/fields.ts';

const identifierField = z.string().min(1).max(128);

/** An active AES key of a KMIP server, reached over mutual TLS. */
export const kmipSection = z.strictObject({
  kind: z.literal('kmip'),
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(5696),
  /** Protocol version that the server speaks. */
  version: z.enum(['1.4', '2.0']).default('1.4'),
  /** Unique Identifier of the key that wraps. */
  key: identifierField,
  /** Of keys before it, which open what they wrapped. */
  previousKeys: z.array(identifierField).max(64).default([]),
  /** PEM: authority of the server's certificate; certificate and key that the API shows. */
  caFile: fileField,
  certificateFile: fileField,
  keyFile: fileField,
});
export type KmipSection = z.infer<typeof kmipSection>;
