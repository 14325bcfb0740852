import {
  KekError,
  kekContextBytes,
  type KekContext,
  type KekProvider,
  type WrappedKey,
} from '@asterism/keys';
import { concat } from '@asterism/bytes';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import type { KekDependencies } from '../dependencies.ts';
import { openEnvelope, sealEnvelope } from '../envelope.ts';
import { azureClientOptions } from './azure-client.ts';
import { azureCredential } from './azure-credentials.ts';
import { toKekError } from './key-vault-error.ts';
import type { AzureKmsSection } from './section.ts';

const WRAP = 'RSA-OAEP-256';
const AES = 'A256GCM';
const IV = 12;
const TAG = 16;
/** A key has a few; a database may claim any number. */
const MOST_VERSIONS = 64;

/** A version of the key, and the client that asks for its use. */
interface KeyVersion {
  readonly id: string;
  readonly isAes: boolean;
  readonly client: CryptographyClient;
}

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
  const options = await azureClientOptions(section.caFile);
  const credential = await azureCredential(section.credentials, options);
  const keys = new KeyClient(url.origin, credential, options);
  const versions = new Map<string, KeyVersion>();
  const read = async (version: string | undefined, signal: AbortSignal | undefined) => {
    const key = await keys.getKey(name, { ...(version === undefined ? {} : { version }), ...abort(signal) });
    if (key.name !== name || key.id?.startsWith(`${section.key}/`) !== true)
      throw invalid('another key answered');
    return { ...key, id: key.id, isDisabled: key.properties.enabled === false };
  };
  const versionOf = (id: string, keyType: string | undefined): KeyVersion => {
    if (versions.size > MOST_VERSIONS) versions.clear();
    const isAes = keyType?.startsWith('oct') ?? false;
    const found = versions.get(id) ?? { id, isAes, client: new CryptographyClient(id, credential, options) };
    versions.set(id, found);
    return found;
  };
  const current = async (signal: AbortSignal | undefined): Promise<KeyVersion> => {
    const { id, keyType, isDisabled } = await read(undefined, signal);
    if (isDisabled) throw new KekError('kek-disabled', 'Azure: the key is disabled');
    return versionOf(id, keyType);
  };
  /** Only versions of the configured key are used, whatever a stored row says. */
  const stored = async (kekVersion: string, signal: AbortSignal | undefined): Promise<KeyVersion> => {
    const version = kekVersion.slice(section.key.length + 1);
    if (kekVersion !== `${section.key}/${version}` || !/^[0-9a-f]{32}$/.test(version)) {
      const mismatch = { got: kekVersion, want: section.key };
      throw new KekError('kek-ciphertext-wrong', 'wrapped by another key', mismatch);
    }
    return versions.get(kekVersion) ?? versionOf(kekVersion, (await read(version, signal)).keyType);
  };
  return {
    kind: 'azurekms',
    wrap: (plaintext, context, { signal } = {}) =>
      guarded(async (): Promise<WrappedKey> => {
        const { id, isAes, client } = await current(signal);
        if (isAes) return { kekVersion: id, ciphertext: await encrypt(client, plaintext, context, signal) };
        const wrapContentKey = async (contentKey: Uint8Array) =>
          (await client.wrapKey(WRAP, contentKey, abort(signal))).result;
        return {
          kekVersion: id,
          ciphertext: await sealEnvelope({ wrapContentKey }, plaintext, context, random),
        };
      }),
    unwrap: ({ kekVersion, ciphertext }, context, { signal } = {}) =>
      guarded(async () => {
        const { isAes, client } = await stored(kekVersion, signal);
        if (isAes) return decrypt(client, ciphertext, context, signal);
        const unwrapContentKey = async (wrapped: Uint8Array) =>
          (await client.unwrapKey(WRAP, wrapped, abort(signal))).result;
        return openEnvelope({ unwrapContentKey }, ciphertext, context);
      }),
    describe: ({ signal } = {}) =>
      guarded(async () => {
        const { id, keyType, isDisabled } = await read(undefined, signal);
        const algorithm = keyType?.startsWith('oct') ? AES : WRAP;
        return { state: isDisabled ? 'disabled' : 'enabled', kekVersion: id, algorithm } as const;
      }),
    close: async () => undefined,
  };
}

/** Layout: initialisation vector (12), which the service makes, ciphertext, tag (16). */
async function encrypt(
  client: CryptographyClient,
  plaintext: Uint8Array,
  context: KekContext,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const additionalAuthenticatedData = kekContextBytes(context);
  const parameters = { algorithm: AES, plaintext, additionalAuthenticatedData } as const;
  const { iv, result, authenticationTag: tag } = await client.encrypt(parameters, abort(signal));
  if (iv?.length !== IV || tag?.length !== TAG) throw invalid('no initialisation vector or tag');
  return concat(iv, result, tag);
}

async function decrypt(
  client: CryptographyClient,
  wrapped: Uint8Array,
  context: KekContext,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (wrapped.length <= IV + TAG) throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short');
  const parameters = {
    algorithm: AES,
    iv: wrapped.subarray(0, IV),
    ciphertext: wrapped.subarray(IV, wrapped.length - TAG),
    authenticationTag: wrapped.subarray(wrapped.length - TAG),
    additionalAuthenticatedData: kekContextBytes(context),
  } as const;
  const { result } = await client.decrypt(parameters, abort(signal));
  if (!(result instanceof Uint8Array)) throw invalid('no plaintext');
  return result;
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
