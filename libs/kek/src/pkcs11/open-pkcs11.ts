import { concat } from '@asterism/bytes';
import { KekError, kekContextBytes, type KekProvider } from '@asterism/keys';
import type { KekDependencies } from '../dependencies.ts';
import { Pkcs11Module } from './module.ts';
import { CKR, Pkcs11ReturnValue, toKekError } from './return-values.ts';
import type { Pkcs11Section } from './section.ts';
import { TokenSession, type TokenKey } from './session.ts';

const IV = 12;
const TAG = 16;
const WORD = 8;
/** CKM_AES_GCM */
const AES_GCM = 0x1087;
/** GENERAL_ERROR and FUNCTION_FAILED: what many tokens say of a tag that does not fit, and of a token that is broken. */
const AMBIGUOUS: ReadonlySet<number> = new Set([0x05, 0x06]);

/**
 * An AES key on a token, by CKM_AES_GCM with the context as additional authenticated data. Ciphertext is initialisation
 * vector (12), data, tag (16). The version is the key's CKA_ID in hexadecimal.
 */
export async function openPkcs11(section: Pkcs11Section, { random }: KekDependencies): Promise<KekProvider> {
  const module = Pkcs11Module.load(section.module);
  const token = new TokenSession(module, section);

  async function gcm(
    operation: 'Encrypt' | 'Decrypt',
    key: TokenKey,
    input: { readonly iv: Uint8Array; readonly aad: Uint8Array; readonly data: Uint8Array },
    session: bigint,
  ): Promise<Uint8Array> {
    using memory = module.memory();
    const { iv, aad, data } = input;
    // CK_GCM_PARAMS (v2.40 errata 01, §2.12.7) and CK_MECHANISM around it.
    const parameters = [memory.put(iv), iv.length, iv.length * 8, memory.put(aad), aad.length, TAG * 8];
    const mechanism = memory.putWords(AES_GCM, memory.putWords(...parameters), parameters.length * WORD);
    await module.call(`C_${operation}Init`, [session, mechanism, key.handle]);
    const room = data.length + TAG;
    const output = memory.allocate(room);
    const length = memory.putWords(room);
    await module.call(`C_${operation}`, [session, memory.put(data), data.length, output, length]);
    const [got, want] = [
      Number(memory.readWord(length, 0)),
      data.length + (operation === 'Encrypt' ? TAG : -TAG),
    ];
    if (got !== want)
      throw new KekError('kek-response-invalid', 'PKCS#11: output of an impossible length', { got, want });
    return memory.read(output, got);
  }

  /** Whether the token lets the key do what it is for. @throws Pkcs11ReturnValue where it fails at that */
  async function works(key: TokenKey, session: bigint): Promise<boolean> {
    const [iv, aad, data] = [random(IV), random(IV), random(IV)];
    try {
      const sealed = await gcm('Encrypt', key, { iv, aad, data }, session);
      await gcm('Decrypt', key, { iv, aad, data: sealed }, session);
      return true;
    } catch (error) {
      if (error instanceof Pkcs11ReturnValue && error.value === CKR.keyFunctionNotPermitted) return false;
      throw error;
    }
  }

  const run = <Result>(signal: AbortSignal | undefined, task: (session: bigint) => Promise<Result>) => {
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
          throw new KekError('kek-ciphertext-wrong', 'no key of this label on the token has wrapped it', {
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
