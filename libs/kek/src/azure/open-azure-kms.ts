import { KekError, kekContextBytes, type KekProvider, type WrappedKey } from '@asterism/keys';
import { concat } from '@asterism/bytes';
import { CryptographyClient, KeyClient, type KeyVaultKey } from '@azure/keyvault-keys';
import type { KekDependencies } from '../dependencies.ts';
import { openEnvelope, sealEnvelope } from '../envelope.ts';
import { serviceError } from '../service-error.ts';
import { azureClientOptions, azureFault, azureRetryAfter } from './azure-client.ts';
import { azureCredential } from './azure-credentials.ts';
import type { AzureKmsSection } from './section.ts';

const WRAP = 'RSA-OAEP-256';
const AES = 'A256GCM';
const IV = 12;
const TAG = 16;

/**
 * A key of Azure Key Vault or a Managed HSM. RSA keys wrap with RSA-OAEP-256, which authenticates no further data, so the
 * key goes into an envelope; AES keys of a Managed HSM take the context themselves. The version is the full key
 * identifier, and what an older version wrapped is opened with that version.
 */
export async function openAzureKms(
  section: AzureKmsSection,
  { random }: KekDependencies,
): Promise<KekProvider> {
  const url = new URL(section.key);
  const name = url.pathname.split('/')[2] ?? '';
  const credential = await azureCredential(section.credentials);
  const options = await azureClientOptions(section.caFile);
  const keys = new KeyClient(url.origin, credential, options);
  const cryptography = (key: KeyVaultKey | string) => new CryptographyClient(key, credential, options);
  const read = async (signal: AbortSignal | undefined): Promise<KeyVaultKey & { id: string }> => {
    const key = await keys.getKey(name, abort(signal));
    if (key.id === undefined || key.name !== name) throw invalid('another key answered');
    if (key.properties.enabled === false) throw new KekError('kek-disabled', 'Azure: the key is disabled');
    return key as KeyVaultKey & { id: string };
  };
  /** Only versions of the configured key are used, whatever a stored row says. */
  const versionOf = (kekVersion: string): string => {
    if (
      kekVersion.startsWith(`${section.key}/`) &&
      /^[0-9a-f]{32}$/.test(kekVersion.slice(section.key.length + 1))
    ) {
      return kekVersion;
    }
    throw new KekError('kek-ciphertext-wrong', 'wrapped by another key', {
      got: kekVersion,
      want: section.key,
    });
  };
  return {
    kind: 'azurekms',
    wrap: (plaintext, context, { signal } = {}) =>
      guarded(async (): Promise<WrappedKey> => {
        const key = await read(signal);
        // By identifier: the client would wrap on its own with the public key, whatever became of the key meanwhile.
        const client = cryptography(key.id);
        if (key.keyType?.startsWith('oct')) {
          const iv = random(IV);
          const aad = kekContextBytes(context);
          const parameters = { algorithm: AES, plaintext, iv, additionalAuthenticatedData: aad } as const;
          const answer = await client.encrypt(parameters, abort(signal));
          const tag = answer.authenticationTag ?? new Uint8Array();
          if (tag.length !== TAG) throw invalid('no authentication tag');
          return { kekVersion: key.id, ciphertext: concat(answer.iv ?? iv, answer.result, tag) };
        }
        const wrapContentKey = async (contentKey: Uint8Array) =>
          (await client.wrapKey(WRAP, contentKey, abort(signal))).result;
        return {
          kekVersion: key.id,
          ciphertext: await sealEnvelope({ wrapContentKey }, plaintext, context, random),
        };
      }),
    unwrap: ({ kekVersion, ciphertext }, context, { signal } = {}) =>
      guarded(async () => {
        const id = versionOf(kekVersion);
        const client = cryptography(id);
        const key = await keys.getKey(name, { version: id.slice(section.key.length + 1), ...abort(signal) });
        if (key.keyType?.startsWith('oct')) {
          if (ciphertext.length <= IV + TAG)
            throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short');
          const answer = await client.decrypt(
            {
              algorithm: AES,
              ciphertext: ciphertext.subarray(IV, ciphertext.length - TAG),
              iv: ciphertext.subarray(0, IV),
              authenticationTag: ciphertext.subarray(ciphertext.length - TAG),
              additionalAuthenticatedData: kekContextBytes(context),
            },
            abort(signal),
          );
          return answer.result;
        }
        const unwrapContentKey = async (wrapped: Uint8Array) =>
          (await client.unwrapKey(WRAP, wrapped, abort(signal))).result;
        return openEnvelope({ unwrapContentKey }, ciphertext, context);
      }),
    describe: ({ signal } = {}) =>
      guarded(async () => {
        const key = await keys.getKey(name, abort(signal));
        const state = key.properties.enabled === false ? 'disabled' : 'enabled';
        const algorithm = key.keyType?.startsWith('oct') ? AES : WRAP;
        return { state, kekVersion: key.id ?? section.key, algorithm } as const;
      }),
    close: async () => undefined,
  };
}

const abort = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

function invalid(message: string): KekError {
  return new KekError('kek-response-invalid', `Azure: ${message}`);
}

async function guarded<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw toKekError(error);
  }
}

/** Key Vault's REST reference, "Error response": 403 with inner code `KeyDisabled`, 400 `BadParameter` for what does not open. */
function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  const { statusCode, code, name, response } = error as {
    statusCode?: number;
    code?: string;
    name?: string;
    response?: { bodyAsText?: string };
  };
  const disabled = statusCode === 403 && response?.bodyAsText?.includes('"KeyDisabled"') === true;
  return serviceError(`Azure: ${code ?? name ?? 'no answer'}`, {
    code:
      disabled || statusCode === 409
        ? 'kek-disabled'
        : statusCode === 400
          ? 'kek-ciphertext-wrong'
          : undefined,
    fault: azureFault(error) ?? 'invalid',
    retryAfter: azureRetryAfter(error),
  });
}
