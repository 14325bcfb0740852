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

  const stateOf = async (id: string, signal: AbortSignal | undefined) =>
    stateIn(await send(OPERATION.getAttributes, [text(TAG.uniqueIdentifier, id)], signal));

  /** Many servers answer `permission denied` or no more than `failure` for a key that is not active. */
  async function explain(
    error: unknown,
    id: string,
    unclear: KekError,
    signal: AbortSignal | undefined,
  ): Promise<never> {
    if (!(error instanceof KmipFailure)) throw error;
    if (error.code !== 'kek-denied' && !error.isUnclear) throw error;
    const state = await stateOf(id, signal);
    if (state !== ACTIVE)
      throw new KekError('kek-disabled', 'KMIP: the key is not active', { got: state, want: ACTIVE });
    throw error.isUnclear ? unclear : error;
  }

  return {
    kind: 'kmip',
    wrap: async (plaintext, context, { signal } = {}) => {
      const iv = random(IV);
      const payload = [
        ...cipher(key),
        bytes(TAG.data, plaintext),
        bytes(TAG.ivCounterNonce, iv),
        additional(context),
      ];
      const failed = new KekError('kek-unreachable', 'KMIP: the server could not encrypt');
      const answer = await send(OPERATION.encrypt, payload, signal).catch((error: unknown) =>
        explain(error, key, failed, signal),
      );
      if (textIn(answer, TAG.uniqueIdentifier) !== key)
        throw new KekError('kek-response-invalid', 'KMIP: another key answered');
      const tag = bytesIn(answer, TAG.authenticationTag);
      return { kekVersion: key, ciphertext: concat(iv, bytesIn(answer, TAG.data), tag) };
    },
    unwrap: async ({ kekVersion, ciphertext }, context, { signal } = {}) => {
      if (!known.has(kekVersion))
        throw new KekError('kek-ciphertext-wrong', 'wrapped by a key that is not configured', {
          got: kekVersion,
        });
      if (ciphertext.length <= IV + TAG_LENGTH)
        throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short');
      const payload = [
        ...cipher(kekVersion),
        bytes(TAG.data, ciphertext.slice(IV, ciphertext.length - TAG_LENGTH)),
        bytes(TAG.ivCounterNonce, ciphertext.slice(0, IV)),
        additional(context),
        bytes(TAG.authenticationTag, ciphertext.slice(ciphertext.length - TAG_LENGTH)),
      ];
      const failed = new KekError(
        'kek-ciphertext-wrong',
        'the server does not open it with this key and context',
      );
      const answer = await send(OPERATION.decrypt, payload, signal).catch((error: unknown) =>
        explain(error, kekVersion, failed, signal),
      );
      return bytesIn(answer, TAG.data);
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
