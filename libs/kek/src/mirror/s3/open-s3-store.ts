import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { awsClientOptions, awsFault, retryAfterHeader } from '../../aws/aws-client.ts';
import type { ObjectStore } from '../object-store.ts';
import { toMirrorError } from '../to-mirror-error.ts';
import type { S3Section } from './section.ts';

/** Objects of a bucket, with the SDK's checksums in both directions. */
export async function openS3Store(section: S3Section): Promise<ObjectStore> {
  const { bucket: Bucket, pathStyle: forcePathStyle } = section;
  const client = new S3Client({ ...(await awsClientOptions(section)), forcePathStyle });
  return {
    put: async (Key, Body, abortSignal) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }), { abortSignal });
    },
    get: async (Key, abortSignal) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal });
      return Body?.transformToByteArray();
    },
    page: async (Prefix, ContinuationToken, abortSignal) => {
      const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken });
      const { Contents = [], NextContinuationToken } = await client.send(command, { abortSignal });
      return { keys: Contents.map(({ Key = '' }) => Key), next: NextContinuationToken };
    },
    delete: async (Key, abortSignal) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal });
    },
    isAbsent: (error) => error instanceof Error && error.name === 'NoSuchKey',
    toError: (error) => toMirrorError(error, awsFault(error), retryAfterHeader(error)),
    close: async () => client.destroy(),
  };
}
