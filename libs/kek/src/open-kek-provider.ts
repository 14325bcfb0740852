import type { KekProvider } from '@asterism/keys';
import type { KekProviderSection } from './configuration/configuration.ts';
import type { KekDependencies } from './dependencies.ts';

type Section<Kind> = Extract<KekProviderSection, { kind: Kind }>;
type Open<Kind> = (section: Section<Kind>, dependencies: KekDependencies) => Promise<KekProvider>;

/** Imported at the first use: the clients of six services are most of the API's code, and one is what a site needs. */
const PROVIDERS: { readonly [Kind in KekProviderSection['kind']]: () => Promise<Open<Kind>> } = {
  awskms: async () => (await import('./aws/open-aws-kms.ts')).openAwsKms,
  azurekms: async () => (await import('./azure/open-azure-kms.ts')).openAzureKms,
  gcpkms: async () => (await import('./google/open-gcp-kms.ts')).openGcpKms,
  vault: async () => (await import('./vault/open-vault.ts')).openVault,
  pkcs11: async () => (await import('./pkcs11/open-pkcs11.ts')).openPkcs11,
  kmip: async () => (await import('./kmip/open-kmip.ts')).openKmip,
};

/**
 * Opens what the configuration names. It asks the service nothing: a provider that is down opens, and its calls fail.
 * Use it through `guardKek`, which retries and checks what comes back.
 * @throws KekError `kek-configuration-invalid` where a file that the section names cannot be read or used
 */
export async function openKekProvider(
  section: KekProviderSection,
  dependencies: KekDependencies,
): Promise<KekProvider> {
  const open = (await PROVIDERS[section.kind]()) as Open<typeof section.kind>;
  return open(section as never, dependencies);
}
