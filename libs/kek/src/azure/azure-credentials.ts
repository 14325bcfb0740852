import {
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import type { AzureClientOptions } from './azure-client.ts';
import { readSecretFile } from '../read-files.ts';
import type { AzureCredentials } from './section.ts';

/** @throws KekError `kek-configuration-invalid` where the file of a secret cannot be read */
export async function azureCredential(
  credentials: AzureCredentials,
  options: AzureClientOptions,
): Promise<TokenCredential> {
  switch (credentials.source) {
    case 'default':
      return new DefaultAzureCredential(options);
    case 'managed-identity':
      return credentials.client === undefined
        ? new ManagedIdentityCredential(options)
        : new ManagedIdentityCredential({ clientId: credentials.client, ...options });
    case 'workload-identity':
      return new WorkloadIdentityCredential({
        tenantId: credentials.tenant,
        clientId: credentials.client,
        tokenFilePath: credentials.tokenFile,
        ...options,
        ...authorityOf(credentials.authority),
      });
    case 'client-secret':
      return new ClientSecretCredential(
        credentials.tenant,
        credentials.client,
        await readSecretFile(credentials.file),
        { ...options, ...authorityOf(credentials.authority) },
      );
  }
}

/** An authority of a private cloud is not in Microsoft's list of its own, which would be asked otherwise. */
function authorityOf(authority: string | undefined) {
  return authority === undefined ? {} : { authorityHost: authority, disableInstanceDiscovery: true };
}
