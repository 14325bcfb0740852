import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { azureCredential } from '../../azure/azure-credentials.ts';
import {
  azureClientOptions,
  azureFault,
  azureRetryAfter,
  type AzureClientOptions,
} from '../../azure/azure-client.ts';
import { concat } from '@asterism/bytes';
import { KekError } from '@asterism/keys';
import { readSecretFile } from '../../read-files.ts';
import type { ObjectStore } from '../object-store.ts';
import { toMirrorError } from '../to-mirror-error.ts';
import type { AzureBlobSection } from './section.ts';

const PAGE = 1000;

/** Block blobs of a container. */
export async function openAzureBlobStore(section: AzureBlobSection): Promise<ObjectStore> {
  const options = await azureClientOptions(section.caFile);
  // Storage's client has a retry policy of its own, with another name for the same thing.
  const once = { ...options, retryOptions: { maxTries: 1 } };
  const container = new ContainerClient(section.container, await credentialOf(section, options), once);
  return {
    put: async (key, bytes, abortSignal) => {
      await container.getBlockBlobClient(key).upload(bytes, bytes.length, { abortSignal });
    },
    get: async (key, abortSignal) => {
      const options = { abortSignal, maxRetryRequests: 0 };
      const { readableStreamBody } = await container.getBlockBlobClient(key).download(0, undefined, options);
      const parts: Uint8Array[] = [];
      for await (const part of readableStreamBody ?? []) parts.push(Buffer.from(part));
      return concat(...parts);
    },
    page: async (prefix, from, abortSignal) => {
      const pages = container
        .listBlobsFlat({ prefix, abortSignal })
        .byPage({ maxPageSize: PAGE, ...(from === undefined ? {} : { continuationToken: from }) });
      const { value } = await pages.next();
      const page = value as
        { segment: { blobItems: { name: string }[] }; continuationToken?: string } | undefined;
      const next = page?.continuationToken;
      return {
        keys: (page?.segment.blobItems ?? []).map(({ name }) => name),
        next: next === '' ? undefined : next,
      };
    },
    delete: async (key, abortSignal) => {
      await container.getBlockBlobClient(key).delete({ abortSignal });
    },
    isAbsent: (error) => (error as { code?: unknown }).code === 'BlobNotFound',
    toError: (error) => toMirrorError(error, azureFault(error), azureRetryAfter(error)),
    close: async () => undefined,
  };
}

async function credentialOf({ credentials }: AzureBlobSection, options: AzureClientOptions) {
  if (credentials.source !== 'account-key') return azureCredential(credentials, options);
  const [account = '', key = ''] = (await readSecretFile(credentials.file)).split(':');
  if (account === '' || key === '')
    throw new KekError(
      'kek-configuration-invalid',
      `${credentials.file} holds no account and key (name:base64)`,
    );
  return new StorageSharedKeyCredential(account, key);
}
