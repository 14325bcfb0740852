import { z } from 'zod';
import { azureCredentials } from '../../azure/section.ts';
import { caFileField, fileField } from '../../configuration/fields.ts';
import { prefixField } from '../prefix.ts';

/** A container of an Azure storage account. */
export const azureBlobSection = z.strictObject({
  kind: z.literal('azure-blob'),
  /** `https://ACCOUNT.blob.core.windows.net/CONTAINER` */
  container: z.string().refine((text) => /^https:\/\/[^/?#]+(?:\/[a-z0-9-]+){1,2}$/.test(text), {
    message: 'is no https address of a container',
  }),
  prefix: prefixField,
  caFile: caFileField,
  credentials: z.discriminatedUnion('source', [
    ...azureCredentials.options,
    /** File with the account's name and key, `name:base64`. */
    z.strictObject({ source: z.literal('account-key'), file: fileField }),
  ]),
});
export type AzureBlobSection = z.infer<typeof azureBlobSection>;
