import { concat } from '@asterism/bytes';
import { KekError, kekContextBytes, type KekProvider } from '@asterism/keys';
import type { KekDependencies } from '../dependencies.ts';
import { Pkcs11Module } from './module.ts';
import { Pkcs11ReturnValue, toKekError } from './return-values.ts';
import type { Pkcs11Section } from './section.ts';
import { TokenSession, type TokenKey } from './session.ts';

const IV = 12;
const TAG = 16;
/** GENERAL_ERROR and FUNCTION_FAILED: what many tokens say of a tag that does not fit, and of a token that is broken. */
const AMBIGUOUS: ReadonlySet<number> = new Set([0x05, 0x06]);

/**
 * An AES key on a token, by CKM_AES_GCM with the context as additional authenticated data. Ciphertext is initialisation
 * vector (12), data, tag (16). The version is the key's CKA_ID in hexadecimal.
 */
export async function openPkcs11(section: Pkcs11Section, { random }: KekDependencies): Promise<KekProvider> {
  const module = await Pkcs11Module.load(section.module).catch((error: unknown) => {
    throw toKekError(error);
  });
  const token = new TokenSession(module, section);

  async function gcm(
    operation: 'Encrypt' | 'Decrypt',
    key: TokenKey,
    input: { readonly iv: Uint8Array; readonly aad: Uint8Array; readonly data: Uint8Array },
    session: number | bigint,
  ): Promise<Uint8Array> {
    const [iv, aad] = [Buffer.from(input.iv), Buffer.from(input.aad)];
    const mechanism = module.gcmMechanism(iv, aad, TAG);
    await module.call(`C_${operation}Init`, [session, mechanism, key.handle]);
    const output = Buffer.alloc(input.data.length + TAG);
    const length = [output.length];
    try {
      await module.call(`C_${operation}`, [session, input.data, input.data.length, output, length]);
      return new Uint8Array(output.subarray(0, Number(length[0])));
    } finally {
      output.fill(0);
    }
  }

  /** Whether the token still does with this key what it should. */
  async function works(key: TokenKey, session: number | bigint): Promise<boolean> {
    const [iv, aad, data] = [random(IV), random(IV), random(IV)];
    try {
      const sealed = await gcm('Encrypt', key, { iv, aad, data }, session);
      await gcm('Decrypt', key, { iv, aad, data: sealed }, session);
      return true;
    } catch {
      return false;
    }
  }

  const run = <Result>(
    signal: AbortSignal | undefined,
    task: (session: number | bigint) => Promise<Result>,
  ) => {
    signal?.throwIfAborted();
    return token.run(task).catch((error: unknown) => {
      throw toKekError(error);
    });
  };

  return {
    kind: 'pkcs11',
    wrap: (plaintext, context, { signal } = {}) =>
      run(signal, async (session) => {
        const key = newest(await token.keys(session));
        const iv = random(IV);
        const sealed = await gcm(
          'Encrypt',
          key,
          { iv, aad: kekContextBytes(context), data: plaintext },
          session,
        );
        return { kekVersion: key.id, ciphertext: concat(iv, sealed) };
      }),
    unwrap: ({ kekVersion, ciphertext }, context, { signal } = {}) =>
      run(signal, async (session) => {
        const key = (await token.keys(session)).find(({ id }) => id === kekVersion);
        if (key === undefined)
          throw new KekError('kek-unknown', 'the key that wrapped it is not on the token', {
            want: kekVersion,
          });
        if (ciphertext.length <= IV + TAG)
          throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short');
        const input = {
          iv: ciphertext.slice(0, IV),
          aad: kekContextBytes(context),
          data: ciphertext.slice(IV),
        };
        try {
          return await gcm('Decrypt', key, input, session);
        } catch (error) {
          const unclear = error instanceof Pkcs11ReturnValue && AMBIGUOUS.has(error.value);
          if (!unclear || !(await works(key, session))) throw error;
          throw new KekError('kek-ciphertext-wrong', 'the token does not open it with this key and context');
        }
      }),
    describe: ({ signal } = {}) =>
      run(signal, async (session) => {
        const key = newest(await token.keys(session));
        const state = (await works(key, session)) ? 'enabled' : 'disabled';
        return { state, kekVersion: key.id, algorithm: 'CKM_AES_GCM' } as const;
      }),
    close: () => token.close(),
  };
}

function newest(keys: readonly TokenKey[]): TokenKey {
  const key = keys.at(-1);
  if (key === undefined || key.id === '')
    throw new KekError('kek-unknown', 'the key has no CKA_ID, which names its version');
  return key;
}
