import { Reader, utf8, fromUtf8, Writer } from '@asterism/bytes';
import { KeysError } from '../errors.ts';
import { KekError } from '../kek/kek-error.ts';
import type { KekContext, KekProvider, WrappedKey } from '../kek/kek-provider.ts';
import type { Seal } from './seal.ts';

/** "AKS1" */
const MAGIC = 0x414b5331;

/** The KEK of the API belongs to no cluster. */
const CONTEXT: KekContext = { cluster: '00000000-0000-0000-0000-000000000000', key: 'api-kek' };

export interface KekSealOptions {
  /** In the configuration. */
  readonly name: string;
  /** With the façade's deadline and retries. */
  readonly provider: KekProvider;
}

/** A seal that opens where this provider's KEK can be used, on any machine. */
export function kekSeal({ name, provider }: KekSealOptions): Seal {
  return {
    kind: 'kek',
    seal: async (secret) => {
      const wrapped = await provider.wrap(secret, CONTEXT).catch(fail);
      const description = { kind: 'kek', provider: name, kekVersion: wrapped.kekVersion } as const;
      return { sealed: encode(wrapped), description };
    },
    unseal: async (sealed) => provider.unwrap(decode(sealed), CONTEXT).catch(fail),
  };
}

function encode({ kekVersion, ciphertext }: WrappedKey): Uint8Array {
  return new Writer('big').u32(MAGIC).sized16(utf8(kekVersion)).sized16(ciphertext).finish();
}

function decode(sealed: Uint8Array): WrappedKey {
  try {
    const reader = new Reader(sealed, 'big');
    const magic = reader.u32();
    if (magic !== MAGIC)
      throw new KeysError('seal-malformed', 'not sealed by a KEK provider', { got: magic });
    const wrapped = { kekVersion: fromUtf8(reader.sized16()), ciphertext: reader.sized16() };
    reader.expectEnd();
    return wrapped;
  } catch (cause) {
    if (cause instanceof KeysError) throw cause;
    throw new KeysError('seal-malformed', 'not sealed by a KEK provider', { cause });
  }
}

/** A provider's word that the key does not open is one about the key; every other is one about the provider. */
function fail(cause: unknown): never {
  if (cause instanceof KekError && cause.code === 'kek-ciphertext-wrong') {
    throw new KeysError('seal-wrong', 'sealed under another KEK, or altered', { cause });
  }
  throw new KeysError('seal-unavailable', 'the KEK provider does not answer for the key', { cause });
}
