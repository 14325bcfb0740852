import { Storage } from '@google-cloud/storage';
import { gcpAuth } from '../../google/gcp-auth.ts';
import { faultOfStatus } from '../../service-fault.ts';
import type { MirrorError } from '../mirror-error.ts';
import type { ObjectStore } from '../object-store.ts';
import { toMirrorError } from '../to-mirror-error.ts';
import type { GcsSection } from './section.ts';

const PAGE = 1000;
const TIMEOUT_MS = 10_000;

/** Objects of a bucket, CRC32C checked in both directions by the client, which takes no signal: a timeout ends it. */
export async function openGcsStore(section: GcsSection): Promise<ObjectStore> {
  const { endpoint, credentials } = section;
  const storage = new Storage({
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
    authClient: await gcpAuth(credentials),
    retryOptions: { autoRetry: false, maxRetries: 0 },
    timeout: TIMEOUT_MS,
  });
  const bucket = storage.bucket(section.bucket);
  return {
    put: async (key, bytes) => {
      await bucket.file(key).save(bytes, { resumable: false, validation: 'crc32c' });
    },
    get: async (key) => {
      try {
        const [bytes] = await bucket.file(key).download({ validation: 'crc32c' });
        return new Uint8Array(bytes);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        // Is it the object that is not there, or the bucket? A list tells them apart, and needs no further permission.
        await bucket.getFiles({ prefix: key, maxResults: 1, autoPaginate: false }).catch((cause: unknown) => {
          throw toError(cause);
        });
        return undefined;
      }
    },
    page: async (prefix, from) => {
      const options = {
        prefix,
        maxResults: PAGE,
        autoPaginate: false,
        ...(from === undefined ? {} : { pageToken: from }),
      };
      const [files, next] = await bucket.getFiles(options);
      return {
        keys: files.map(({ name }) => name),
        next: (next as { pageToken?: string } | null)?.pageToken,
      };
    },
    delete: async (key) => {
      await bucket.file(key).delete();
    },
    isAbsent: (error) => statusOf(error) === 404,
    toError,
    close: async () => undefined,
  };
}

function toError(error: unknown): MirrorError {
  return toMirrorError(error, faultOfStatus(statusOf(error)), headerOf(error));
}

function statusOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function headerOf(error: unknown): unknown {
  const { response } = error as { response?: { headers?: { get?: (name: string) => unknown } } };
  return response?.headers?.get?.('retry-after');
}
