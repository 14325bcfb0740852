import { concat } from '@asterism/bytes';
import { KekError, kekContextBytes, type KekContext, type KekProvider } from '@asterism/keys';
import { isIP } from 'node:net';
import type { KekDependencies } from '../dependencies.ts';
import { readNamedFile } from '../read-files.ts';
import { KmipConnection } from './connection.ts';
import {
  bytesIn,
  KmipFailure,
  OPERATION,
  requestMessage,
  responsePayload,
  stateIn,
  TAG,
  textIn,
} from './messages.ts';
import type { KmipSection } from './section.ts';
import { bytes, enumeration, integer, structure, text, type TtlvItem } from './ttlv.ts';

const IV = 12;
const TAG_LENGTH = 16;
/** §9.1.3.2: Block Cipher Mode GCM, Cryptographic Algorithm AES, State Active. */
const GCM = 0x09;
const AES = 0x03;
const ACTIVE = 0x02;

/**
 * An AES key of a KMIP server (OASIS KMIP 1.4 and 2.0, Encrypt and Decrypt), with AES-GCM and the context as
 * authenticated data. The key stays in the server. Ciphertext is initialisation vector (12), data, tag (16); the version
 * is the key's Unique Identifier.
 */
export async function openKmip(section: KmipSection, { random }: KekDependencies): Promise<KekProvider> {
  const { host, port, version, key } = section;
  const connection = new KmipConnection({
    host,
    port,
    ca: await readNamedFile(section.caFile),
    cert: await readNamedFile(section.certificateFile),
    key: await readNamedFile(section.keyFile),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  const known = new Set([key, ...section.previousKeys]);

  const send = async (operation: number, payload: readonly TtlvItem[], signal: AbortSignal | undefined) =>
    responsePayload(
      await connection.exchange(requestMessage(version, operation, payload), signal),
      operation,
    );

  const stateOf = async (id: string, signal: AbortSignal | undefined): Promise<number> => {
    const state = stateIn(await send(OPERATION.getAttributes, [text(TAG.uniqueIdentifier, id)], signal));
    if (state === undefined) throw new KekError('kek-response-invalid', 'KMIP: a key without a state');
    return state;
  };

  /**
   * Many servers answer `permission denied` for a key that is not active, and `general failure` for anything: the state says
   * the one, and whether the key still does what it should the other.
   */
  async function explain(error: unknown, id: string, signal: AbortSignal | undefined): Promise<never> {
    if (!(error instanceof KmipFailure)) throw error;
    if (error.code !== 'kek-denied' && !error.isUnclear) throw error;
    const state = await stateOf(id, signal);
    if (state !== ACTIVE)
      throw new KekError('kek-disabled', 'KMIP: the key is not active', { got: state, want: ACTIVE });
    if (!error.isUnclear) throw error;
    await proveKey(id, signal);
    throw new KekError('kek-ciphertext-wrong', 'the server does not open it with this key and context');
  }

  /** @throws KekError `kek-unreachable` where the server cannot encrypt and decrypt with the key */
  async function proveKey(id: string, signal: AbortSignal | undefined): Promise<void> {
    const [iv, data] = [random(IV), random(IV)];
    const context = { cluster: '', key: '' };
    try {
      const sealed = await encrypt(id, iv, data, context, signal);
      await decrypt(id, concat(iv, sealed), context, signal);
    } catch (error) {
      if (!(error instanceof KmipFailure && error.isUnclear)) throw error;
      throw new KekError('kek-unreachable', 'KMIP: the server fails at what the key is for', {
        cause: error,
      });
    }
  }

  /** Data and tag. */
  async function encrypt(
    id: string,
    iv: Uint8Array,
    data: Uint8Array,
    context: KekContext,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const items = [bytes(TAG.data, data), bytes(TAG.ivCounterNonce, iv), additional(context)];
    const answer = await send(OPERATION.encrypt, [...cipher(id), ...items], signal);
    if (textIn(answer, TAG.uniqueIdentifier) !== id) {
      throw new KekError('kek-response-invalid', 'KMIP: another key answered');
    }
    return concat(bytesIn(answer, TAG.data), bytesIn(answer, TAG.authenticationTag));
  }

  async function decrypt(
    id: string,
    ciphertext: Uint8Array,
    context: KekContext,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const tagAt = ciphertext.length - TAG_LENGTH;
    const items = [
      bytes(TAG.data, ciphertext.slice(IV, tagAt)),
      bytes(TAG.ivCounterNonce, ciphertext.slice(0, IV)),
      additional(context),
      bytes(TAG.authenticationTag, ciphertext.slice(tagAt)),
    ];
    return bytesIn(await send(OPERATION.decrypt, [...cipher(id), ...items], signal), TAG.data);
  }

  return {
    kind: 'kmip',
    wrap: async (plaintext, context, { signal } = {}) => {
      const iv = random(IV);
      const sealed = await encrypt(key, iv, plaintext, context, signal).catch((error: unknown) => {
        // Nothing is opened here, so what is unclear is the server's fault.
        if (error instanceof KmipFailure && error.isUnclear) throw error;
        return explain(error, key, signal);
      });
      return { kekVersion: key, ciphertext: concat(iv, sealed) };
    },
    unwrap: async ({ kekVersion, ciphertext }, context, { signal } = {}) => {
      if (!known.has(kekVersion)) {
        throw new KekError('kek-ciphertext-wrong', 'wrapped by a key that is not configured', {
          got: kekVersion,
        });
      }
      if (ciphertext.length <= IV + TAG_LENGTH) {
        throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short');
      }
      return decrypt(kekVersion, ciphertext, context, signal).catch((error: unknown) =>
        explain(error, kekVersion, signal),
      );
    },
    describe: async ({ signal } = {}) => {
      const state = (await stateOf(key, signal)) === ACTIVE ? 'enabled' : 'disabled';
      return { state, kekVersion: key, algorithm: 'AES-GCM' };
    },
    close: async () => connection.close(),
  };
}

function cipher(key: string): readonly TtlvItem[] {
  return [
    text(TAG.uniqueIdentifier, key),
    structure(
      TAG.cryptographicParameters,
      enumeration(TAG.blockCipherMode, GCM),
      enumeration(TAG.cryptographicAlgorithm, AES),
      integer(TAG.tagLength, TAG_LENGTH),
    ),
  ];
}

function additional(context: KekContext): TtlvItem {
  return bytes(TAG.additionalData, kekContextBytes(context));
}
