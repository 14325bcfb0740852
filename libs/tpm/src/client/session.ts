import { concat, equalBytes, Reader, Writer, type Bytes } from '@asterism/bytes';
import type { RandomBytes } from '../credential/encapsulate.ts';
import { aesCfbDecrypt, aesCfbEncrypt, hmac, kdfa } from '../credential/kdf.ts';
import { TpmCommandError } from './command-error.ts';

/** TPMA_SESSION, Part 2 §8.4. */
const CONTINUE = 0x01;
const DECRYPT = 0x20;
const ENCRYPT = 0x40;

/** Sessions hash with SHA-256 and encrypt with AES-128 in CFB. */
export const SESSION_HASH = 'sha256';
const KEY_BITS = 128;
const IV_BITS = 128;
export const NONCE_LENGTH = 32;

/** One entry of a command's authorisation area (Part 1 §18.7). */
export interface Authorization {
  readonly encryptsCommand: boolean;
  readonly encryptsResponse: boolean;
  /** A fresh nonce for the command to come. */
  begin(): void;
  encryptParameters(parameters: Bytes): Promise<Bytes>;
  /** TPMS_AUTH_COMMAND. */
  authorize(cpHash: Bytes): Promise<Bytes>;
  /** Reads one TPMS_AUTH_RESPONSE, to be checked with `confirm`. */
  readResponse(reader: Reader): void;
  confirm(rpHash: Bytes): Promise<void>;
  decryptParameters(parameters: Bytes): Promise<Bytes>;
}

const RS_PW = 0x40000009;

/** Password authorisation with the empty auth value (Part 1 §19.4). Nothing secret crosses the bus. */
export const EMPTY_PASSWORD: Authorization = {
  encryptsCommand: false,
  encryptsResponse: false,
  begin: () => undefined,
  encryptParameters: (parameters) => Promise.resolve(parameters),
  authorize: () => Promise.resolve(new Writer('big').u32(RS_PW).u16(0).u8(CONTINUE).u16(0).finish()),
  readResponse: (reader) => {
    reader.sized16();
    reader.u8();
    reader.sized16();
  },
  confirm: () => Promise.resolve(),
  decryptParameters: (parameters) => Promise.resolve(parameters),
};

export interface SessionSecrets {
  readonly handle: number;
  readonly salt: Bytes;
  readonly nonceCaller: Bytes;
  readonly nonceTpm: Bytes;
  readonly random: RandomBytes;
}

/**
 * A salted HMAC or policy session (Part 1 §19.6): both sides prove knowledge of the salt, and the first parameter
 * either way can be encrypted, so that secrets do not cross the bus in the clear. Auth values are empty everywhere.
 */
export class TpmSession {
  readonly handle: number;
  readonly #key: Bytes;
  readonly #random: RandomBytes;
  #nonceCaller: Bytes;
  #nonceTpm: Bytes;
  #response: { attributes: number; hmac: Bytes } | null = null;

  private constructor(handle: number, key: Bytes, random: RandomBytes, nonceCaller: Bytes, nonceTpm: Bytes) {
    this.handle = handle;
    this.#key = key;
    this.#random = random;
    this.#nonceCaller = nonceCaller;
    this.#nonceTpm = nonceTpm;
  }

  /** Session key, Part 1 §19.6.8. */
  static async start(secrets: SessionSecrets): Promise<TpmSession> {
    const { handle, salt, nonceCaller, nonceTpm, random } = secrets;
    const key = await kdfa(SESSION_HASH, salt, 'ATH', nonceTpm, nonceCaller, 256);
    return new TpmSession(handle, key, random, nonceCaller, nonceTpm);
  }

  get nonceTpm(): Bytes {
    return this.#nonceTpm;
  }

  /** This session as the authorisation of one command. */
  authorization(encrypt: { command?: boolean; response?: boolean } = {}): Authorization {
    const { command = false, response = false } = encrypt;
    const attributes = CONTINUE | (command ? DECRYPT : 0) | (response ? ENCRYPT : 0);
    return {
      encryptsCommand: command,
      encryptsResponse: response,
      begin: () => {
        this.#nonceCaller = this.#random(NONCE_LENGTH);
        this.#response = null;
      },
      encryptParameters: (parameters) =>
        this.#cipherFirst(aesCfbEncrypt, parameters, this.#nonceCaller, this.#nonceTpm),
      authorize: (cpHash) => this.#authorize(cpHash, attributes),
      readResponse: (reader) => {
        this.#nonceTpm = reader.sized16(64);
        this.#response = { attributes: reader.u8(), hmac: reader.sized16(64) };
      },
      confirm: (rpHash) => this.#confirm(rpHash),
      decryptParameters: (parameters) =>
        this.#cipherFirst(aesCfbDecrypt, parameters, this.#nonceTpm, this.#nonceCaller),
    };
  }

  async #authorize(cpHash: Bytes, attributes: number): Promise<Bytes> {
    const message = concat(cpHash, this.#nonceCaller, this.#nonceTpm, Uint8Array.of(attributes));
    const writer = new Writer('big').u32(this.handle).sized16(this.#nonceCaller).u8(attributes);
    return writer.sized16(await hmac(SESSION_HASH, this.#key, message)).finish();
  }

  async #confirm(rpHash: Bytes): Promise<void> {
    const { attributes, hmac: got } = this.#response ?? { attributes: 0, hmac: new Uint8Array() };
    const message = concat(rpHash, this.#nonceTpm, this.#nonceCaller, Uint8Array.of(attributes));
    if (!equalBytes(got, await hmac(SESSION_HASH, this.#key, message))) {
      throw new TpmCommandError('response-forged', 'response is not authenticated by the session');
    }
  }

  /** Parameter encryption, Part 1 §21.3: contents of the first TPM2B, its size stays in the clear. */
  async #cipherFirst(
    cipher: typeof aesCfbEncrypt,
    parameters: Bytes,
    nonceNewer: Bytes,
    nonceOlder: Bytes,
  ): Promise<Bytes> {
    const reader = new Reader(parameters, 'big');
    const first = reader.sized16();
    const keys = await kdfa(SESSION_HASH, this.#key, 'CFB', nonceNewer, nonceOlder, KEY_BITS + IV_BITS);
    const done = await cipher(keys.subarray(0, KEY_BITS / 8), keys.subarray(KEY_BITS / 8), first);
    return new Writer('big').sized16(done).bytes(reader.rest()).finish();
  }
}
