import { KekError, type KekContext, type KekErrorCode, type KekProvider } from '@asterism/keys';
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { isNetworkFault } from '../network-fault.ts';
import { serviceError } from '../service-error.ts';
import { awsClientOptions, awsFault, requireRegion, retryAfterHeader } from './aws-client.ts';
import type { AwsKmsSection } from './section.ts';

/** AWS KMS API reference, Encrypt and Decrypt: errors that are KMS's own. */
const KMS_FAULTS: Readonly<Record<string, KekErrorCode>> = {
  NotFoundException: 'kek-unknown',
  DisabledException: 'kek-disabled',
  KMSInvalidStateException: 'kek-disabled',
  InvalidKeyUsageException: 'kek-disabled',
  KeyUnavailableException: 'kek-unreachable',
  DependencyTimeoutException: 'kek-unreachable',
  InvalidCiphertextException: 'kek-ciphertext-wrong',
  IncorrectKeyException: 'kek-ciphertext-wrong',
  InvalidArnException: 'kek-wrong-region',
};

/**
 * A symmetric key of AWS KMS. The context is the EncryptionContext, which CloudTrail shows: two names and no secret. KMS
 * rotates inside of a key, so the version is the key's ARN.
 */
export async function openAwsKms(section: AwsKmsSection): Promise<KekProvider> {
  const { key } = section;
  const region = section.region ?? key.split(':')[3] ?? '';
  const client = new KMSClient(await awsClientOptions({ ...section, region }));
  const call = async <Result>(task: () => Promise<Result>): Promise<Result> => {
    requireRegion(key, region);
    try {
      return await task();
    } catch (error) {
      throw toKekError(error);
    }
  };
  const abort = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });
  return {
    kind: 'awskms',
    wrap: (plaintext, context, { signal } = {}) =>
      call(async () => {
        const input = { KeyId: key, Plaintext: plaintext, EncryptionContext: encryptionContext(context) };
        const { CiphertextBlob, KeyId } = await client.send(new EncryptCommand(input), abort(signal));
        requireKey(KeyId, key);
        return { kekVersion: key, ciphertext: requireBytes(CiphertextBlob) };
      }),
    unwrap: ({ ciphertext }, context, { signal } = {}) =>
      call(async () => {
        const input = {
          KeyId: key,
          CiphertextBlob: ciphertext,
          EncryptionContext: encryptionContext(context),
        };
        const { Plaintext, KeyId } = await client.send(new DecryptCommand(input), abort(signal));
        requireKey(KeyId, key);
        return requireBytes(Plaintext);
      }),
    describe: ({ signal } = {}) =>
      call(async () => {
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: key }), abort(signal));
        requireKey(KeyMetadata?.Arn, key);
        const state = KeyMetadata?.KeyState === 'Enabled' ? 'enabled' : 'disabled';
        return { state, kekVersion: key, algorithm: KeyMetadata?.KeySpec ?? 'SYMMETRIC_DEFAULT' } as const;
      }),
    close: async () => client.destroy(),
  };
}

function encryptionContext({ cluster, key }: KekContext): Record<string, string> {
  return { 'asterism:cluster': cluster, 'asterism:key': key };
}

/** @throws KekError: KMS must have used the key that was asked for */
function requireKey(got: string | undefined, want: string): void {
  if (got !== want) throw new KekError('kek-response-invalid', 'another key answered', { got, want });
}

function requireBytes(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new KekError('kek-response-invalid', 'the answer holds no bytes');
  return bytes;
}

function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  const name = error instanceof Error ? error.name : 'no answer';
  return serviceError(`AWS KMS: ${name}`, {
    code: KMS_FAULTS[name],
    fault: awsFault(error) ?? (isNetworkFault(error) ? 'unreachable' : 'invalid'),
    retryAfter: retryAfterHeader(error),
  });
}
