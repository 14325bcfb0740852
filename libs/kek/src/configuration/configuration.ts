import { z } from 'zod';
import { awsKmsSection } from '../aws/section.ts';
import { azureKmsSection } from '../azure/section.ts';
import { gcpKmsSection } from '../google/section.ts';
import { azureBlobSection } from '../mirror/azure-blob/section.ts';
import { gcsSection } from '../mirror/gcs/section.ts';
import { s3Section } from '../mirror/s3/section.ts';
import { kmipSection } from '../kmip/section.ts';
import { pkcs11Section } from '../pkcs11/section.ts';
import { vaultSection } from '../vault/section.ts';
import { nameField } from './fields.ts';

export const kekProviderSection = z.discriminatedUnion('kind', [
  awsKmsSection,
  azureKmsSection,
  gcpKmsSection,
  vaultSection,
  pkcs11Section,
  kmipSection,
]);
export type KekProviderSection = z.infer<typeof kekProviderSection>;

export const keyMirrorSection = z.discriminatedUnion('kind', [s3Section, azureBlobSection, gcsSection]);
export type KeyMirrorSection = z.infer<typeof keyMirrorSection>;

/** The file that ASTERISM_KEK_CONFIG names: what requests may only name, with keys, endpoints and ways to credentials. */
export const kekConfigurationSchema = z.strictObject({
  schema: z.literal('asterism/kek/v1'),
  providers: z.record(nameField, kekProviderSection),
  mirrors: z.record(nameField, keyMirrorSection).default({}),
});
export type KekConfiguration = z.infer<typeof kekConfigurationSchema>;
