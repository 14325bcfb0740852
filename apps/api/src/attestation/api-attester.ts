import { collectEvidence } from '@asterism/attestation';
import { sha256, toHex } from '@asterism/bytes';
import { KeysError } from '@asterism/keys';
import { toSpki, type AttestationKey } from '@asterism/tpm';
import { openAttestationKey, TpmDeviceError } from '@asterism/tpm-device';
import { readFile } from 'node:fs/promises';
import { ProblemError } from '../http/problem-error.ts';
import type { OwnTpm } from '../platform/own-tpm.ts';
import type { ApiIdentity } from './api-identity.ts';

export interface ApiAttesterOptions {
  /** Of the API's own machine; its commands are queued, so other users of it may go on. */
  readonly own: OwnTpm;
  /** Where the blobs of the attestation key are. */
  readonly keyFile: string;
  /** TCG log of the API's boot; none where there is no path. */
  readonly eventLog: string | undefined;
}

type Collect = NonNullable<ApiIdentity['tpm']>['collect'];

/** The machine of the API as one that can be attested: nodes ask it for evidence of role `server`. */
export class ApiAttester {
  readonly #own: OwnTpm;
  readonly #keyFile: string;
  readonly #eventLog: Uint8Array | null;
  #key: AttestationKey | undefined;
  /** Of the TPM, on which the key was loaded. */
  #connection = 0;
  #loading: Promise<AttestationKey> | undefined;

  private constructor(options: ApiAttesterOptions, eventLog: Uint8Array | null) {
    this.#own = options.own;
    this.#keyFile = options.keyFile;
    this.#eventLog = eventLog;
  }

  static async open(options: ApiAttesterOptions): Promise<ApiAttester> {
    const { eventLog } = options;
    return new ApiAttester(options, eventLog === undefined ? null : new Uint8Array(await readFile(eventLog)));
  }

  /** @throws ProblemError `overloaded` while the TPM is away */
  readonly collect: Collect = async (order) => {
    try {
      const ak = await this.#load();
      const machine = { variant: 'tpm', tpm: this.#own.tpm, ak, eventLog: this.#eventLog } as const;
      return await collectEvidence({ ...machine, ekCertificates: [] }, order);
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      throw new ProblemError('overloaded', 'the TPM of this API does not answer', { retryAfter: 5, cause });
    }
  };

  /**
   * SHA-256 of the attestation key's SubjectPublicKeyInfo, hexadecimal: what nodes pin. Undefined while the TPM is away.
   */
  async attestationKeySpki(): Promise<string | undefined> {
    try {
      return toHex(await sha256(toSpki((await this.#load()).public)));
    } catch (cause) {
      if (isAway(cause)) return undefined;
      throw cause;
    }
  }

  /** On each new connection to the TPM anew: what was loaded before is not there any more. */
  async #load(): Promise<AttestationKey> {
    await this.#own.prepare();
    if (this.#key !== undefined && this.#connection === this.#own.connection) return this.#key;
    this.#loading ??= this.#openKey().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #openKey(): Promise<AttestationKey> {
    const { connection, tpm } = this.#own;
    const { key } = await openAttestationKey(tpm, this.#keyFile);
    this.#key = key;
    this.#connection = connection;
    return key;
  }
}

function isAway(cause: unknown): boolean {
  return cause instanceof TpmDeviceError || (cause instanceof KeysError && cause.code === 'seal-unavailable');
}
