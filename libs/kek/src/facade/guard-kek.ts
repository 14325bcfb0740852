import { equalBytes } from '@asterism/bytes';
import {
  KekError,
  type KekCallOptions,
  type KekContext,
  type KekDescription,
  type KekProvider,
  type WrappedKey,
} from '@asterism/keys';
import { Attempts, type AttemptErrors, type AttemptOptions } from './attempts.ts';

const LEAST_PLAINTEXT = 16;
const MOST_PLAINTEXT = 96;
/** Larger than any provider's; what comes from outside is bounded before it is stored. */
const MOST_CIPHERTEXT = 8192;
const MOST_VERSION = 512;

const ERRORS: AttemptErrors = {
  recognise: (error) => (error instanceof KekError ? error : undefined),
  late: (operation, milliseconds) =>
    new KekError('kek-unreachable', `${operation}: no answer in time`, { want: `${milliseconds} ms` }),
};

/**
 * A provider that can be relied on: tried again where that can help, inside of a deadline; and nothing that it returned is
 * handed on unchecked. A wrapped key has been opened again before it is returned, so that nothing is stored that is lost.
 */
export function guardKek(provider: KekProvider, options: AttemptOptions): KekProvider {
  const attempts = new Attempts(options, ERRORS);
  return {
    kind: provider.kind,
    wrap: async (plaintext, context, { signal }: KekCallOptions = {}) => {
      requirePlaintext(plaintext.length);
      requireContext(context);
      return attempts.run('wrap', (ended) => wrapChecked(provider, plaintext, context, ended), signal);
    },
    unwrap: async (wrapped, context, { signal }: KekCallOptions = {}) => {
      requireContext(context);
      return attempts.run('unwrap', (ended) => unwrapChecked(provider, wrapped, context, ended), signal);
    },
    describe: ({ signal }: KekCallOptions = {}) =>
      attempts.run('describe', async (ended) => checked(await provider.describe({ signal: ended })), signal),
    close: () => provider.close(),
  };
}

async function wrapChecked(
  provider: KekProvider,
  plaintext: Uint8Array,
  context: KekContext,
  signal: AbortSignal,
): Promise<WrappedKey> {
  const wrapped = await provider.wrap(plaintext, context, { signal }).catch((error: unknown) => {
    // Clouds have one status for what they cannot open and for what a key cannot be used for.
    throw isWrong(error) ? new KekError('kek-disabled', 'the service does not wrap with this key') : error;
  });
  const { kekVersion, ciphertext } = wrapped;
  requireVersion(kekVersion);
  if (ciphertext.length <= plaintext.length || ciphertext.length > MOST_CIPHERTEXT)
    throw invalid('wrapped key is of an impossible length', ciphertext.length);
  const opened = await provider.unwrap(wrapped, context, { signal }).catch((error: unknown) => {
    throw isWrong(error) ? invalid('what it wrapped does not open', 'kek-ciphertext-wrong') : error;
  });
  const same = equalBytes(opened, plaintext);
  opened.fill(0);
  if (!same) throw invalid('what it wrapped opens to something else', 'other bytes');
  return wrapped;
}

function isWrong(error: unknown): boolean {
  return error instanceof KekError && error.code === 'kek-ciphertext-wrong';
}

async function unwrapChecked(
  provider: KekProvider,
  wrapped: WrappedKey,
  context: KekContext,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (wrapped.ciphertext.length > MOST_CIPHERTEXT)
    throw new KekError('kek-ciphertext-wrong', 'wrapped key is too long', { got: wrapped.ciphertext.length });
  const plaintext = await provider.unwrap(wrapped, context, { signal });
  if (plaintext.length < LEAST_PLAINTEXT || plaintext.length > MOST_PLAINTEXT)
    throw invalid('key that came back is of an impossible length', plaintext.length);
  return plaintext;
}

function checked(description: KekDescription): KekDescription {
  requireVersion(description.kekVersion);
  return description;
}

function requireVersion(kekVersion: string): void {
  if (kekVersion.length < 1 || kekVersion.length > MOST_VERSION)
    throw invalid('KEK version is of an impossible length', kekVersion.length);
}

function invalid(message: string, got: unknown): KekError {
  return new KekError('kek-response-invalid', message, { got });
}

function requirePlaintext(length: number): void {
  if (length < LEAST_PLAINTEXT || length > MOST_PLAINTEXT)
    throw new RangeError(`key to wrap has ${length} bytes, want ${LEAST_PLAINTEXT} to ${MOST_PLAINTEXT}`);
}

function requireContext({ cluster, key }: KekContext): void {
  if (cluster === '' || key === '') throw new RangeError('context without a cluster or a key');
}
