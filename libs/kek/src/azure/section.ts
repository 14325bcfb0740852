import { z } from 'zod';
import { caFileField, fileField, originField } from '../configuration/fields.ts';

/** Where tokens of Microsoft Entra come from. `default` is the SDK's own chain, managed identity included. */
export const azureCredentials = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('default') }),
  z.strictObject({
    source: z.literal('managed-identity'),
    /** Client id of a user-assigned identity; the machine's own, where it is not given. */
    client: z.uuid().optional(),
  }),
  z.strictObject({
    source: z.literal('workload-identity'),
    tenant: z.uuid(),
    client: z.uuid(),
    tokenFile: fileField,
    authority: originField.optional(),
  }),
  z.strictObject({
    source: z.literal('client-secret'),
    tenant: z.uuid(),
    client: z.uuid(),
    /** File with the secret, a line break at its end is no part of it. */
    file: fileField,
    authority: originField.optional(),
  }),
]);
export type AzureCredentials = z.infer<typeof azureCredentials>;

/** A key of an Azure Key Vault (RSA) or of a Managed HSM (RSA or AES). */
export const azureKmsSection = z.strictObject({
  kind: z.literal('azurekms'),
  /** Key identifier without a version, `https://VAULT.vault.azure.net/keys/NAME`: its newest version wraps. */
  key: z.string().refine(isKeyIdentifier, 'is no key identifier (https://…/keys/NAME, without a version)'),
  caFile: caFileField,
  credentials: azureCredentials,
});
export type AzureKmsSection = z.infer<typeof azureKmsSection>;

function isKeyIdentifier(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(text);
  return (
    protocol === 'https:' &&
    /^\/keys\/[A-Za-z0-9-]{1,127}$/.test(pathname) &&
    `${search}${hash}${username}${password}` === ''
  );
}
