import { KekError, kekContextBytes, type KekErrorCode, type KekProvider } from '@asterism/keys';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { isNetworkFault } from '../network-fault.ts';
import { serviceError } from '../service-error.ts';
import { faultOfStatus, type ServiceFault } from '../service-fault.ts';
import { crc32c } from './crc32c.ts';
import { gcpAuth } from './gcp-auth.ts';
import type { GcpKmsSection } from './section.ts';

/** google.rpc.Code; over REST it is told by the name in the answer, because different ones share a status. */
const STATUS: Readonly<Record<number, KekErrorCode>> = {
  3: 'kek-ciphertext-wrong', // INVALID_ARGUMENT
  4: 'kek-unreachable', // DEADLINE_EXCEEDED
  5: 'kek-unknown', // NOT_FOUND
  7: 'kek-denied', // PERMISSION_DENIED
  8: 'kek-throttled', // RESOURCE_EXHAUSTED
  9: 'kek-disabled', // FAILED_PRECONDITION
  10: 'kek-unreachable', // ABORTED
  13: 'kek-unreachable', // INTERNAL
  14: 'kek-unreachable', // UNAVAILABLE
  16: 'kek-denied', // UNAUTHENTICATED
};
/** Longer than any deadline of the façade; the client takes no signal. */
const CALL = { retry: null, timeout: 30_000 };

type Wrapper = { value?: unknown } | null | undefined;
type Bytes = Uint8Array | string | null | undefined;

/**
 * A symmetric key of Google Cloud KMS over REST. The context is the additional authenticated data. Every request carries
 * CRC32C checksums, the service confirms that it checked them, and those of the answer are checked here
 * (Cloud KMS, "Verifying end-to-end data integrity").
 */
export async function openGcpKms(section: GcpKmsSection): Promise<KekProvider> {
  const name = section.key;
  const client = new KeyManagementServiceClient({
    fallback: true,
    auth: await gcpAuth(section.credentials),
    ...endpointOf(section.endpoint),
  });
  return {
    kind: 'gcpkms',
    wrap: (plaintext, context, { signal } = {}) =>
      guarded(signal, async () => {
        const aad = kekContextBytes(context);
        const [answer] = await client.encrypt(
          {
            name,
            plaintext,
            plaintextCrc32c: { value: crc32c(plaintext) },
            additionalAuthenticatedData: aad,
            additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
          },
          CALL,
        );
        const checked = answer.verifiedPlaintextCrc32c && answer.verifiedAdditionalAuthenticatedDataCrc32c;
        if (checked !== true) throw invalid('the service did not check what it was sent');
        const kekVersion = answer.name ?? '';
        if (!kekVersion.startsWith(`${name}/cryptoKeyVersions/`)) throw invalid('another key answered');
        return { kekVersion, ciphertext: requireIntact(answer.ciphertext, answer.ciphertextCrc32c) };
      }),
    unwrap: ({ ciphertext }, context, { signal } = {}) =>
      guarded(signal, async () => {
        const aad = kekContextBytes(context);
        const [answer] = await client.decrypt(
          {
            name,
            ciphertext,
            ciphertextCrc32c: { value: crc32c(ciphertext) },
            additionalAuthenticatedData: aad,
            additionalAuthenticatedDataCrc32c: { value: crc32c(aad) },
          },
          CALL,
        );
        return requireIntact(answer.plaintext, answer.plaintextCrc32c);
      }),
    describe: ({ signal } = {}) =>
      guarded(signal, async () => {
        const [key] = await client.getCryptoKey({ name }, CALL);
        if (key.name !== name) throw invalid('another key answered');
        const { primary } = key;
        const enabled = primary?.state === 'ENABLED' || primary?.state === 1;
        return {
          state: enabled ? 'enabled' : 'disabled',
          kekVersion: primary?.name ?? name,
          algorithm: String(primary?.algorithm ?? 'unknown'),
        } as const;
      }),
    close: () => client.close(),
  };
}

function endpointOf(endpoint: string | undefined) {
  if (endpoint === undefined) return {};
  const { protocol, hostname, port } = new URL(endpoint);
  const scheme = protocol.slice(0, -1);
  return { apiEndpoint: hostname, port: Number(port) || (scheme === 'https' ? 443 : 80), protocol: scheme };
}

function requireIntact(bytes: Bytes, sum: Wrapper): Uint8Array {
  if (!bytes || sum?.value === undefined || sum.value === null)
    throw invalid('the answer lacks bytes or their checksum');
  const read =
    typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : new Uint8Array(bytes);
  const want = Number(sum.value);
  const got = crc32c(read);
  if (got !== want) throw invalid('what came back is not what was sent (CRC32C)');
  return read;
}

function invalid(message: string): KekError {
  return new KekError('kek-response-invalid', `Cloud KMS: ${message}`);
}

async function guarded<Result>(
  signal: AbortSignal | undefined,
  task: () => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  try {
    return await task();
  } catch (error) {
    throw toKekError(error);
  }
}

function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  const { code, httpStatusCode, cause } = error as {
    code?: unknown;
    httpStatusCode?: unknown;
    cause?: unknown;
  };
  const status = Number(httpStatusCode);
  return serviceError(`Cloud KMS: ${typeof code === 'number' ? `status ${code}` : 'no answer'}`, {
    // The client calls an answer that is no JSON unavailable, too.
    code: cause instanceof SyntaxError ? 'kek-response-invalid' : STATUS[Number(code)],
    fault: faultOfStatus(status) ?? (isNetworkFault(error) ? 'unreachable' : credentialFault(error)),
  });
}

/** The authentication library has no codes. */
function credentialFault(error: unknown): ServiceFault {
  const { message } = error as { message?: unknown };
  const denied = typeof message === 'string' && /credentials|invalid_grant|metadata/i.test(message);
  return denied ? 'denied' : 'invalid';
}
