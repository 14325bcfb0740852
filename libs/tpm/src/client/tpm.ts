import { Reader, Writer, type Bytes } from '@asterism/bytes';
import { encapsulate, webCryptoRandom, type RandomBytes } from '../credential/encapsulate.ts';
import { TpmFormatError } from '../errors.ts';
import { hashId, hashLength, TPM_ALG, type PcrBank, type TpmHashName } from '../structures/algorithms.ts';
import { readDigestList } from '../structures/digest-list.ts';
import {
  encodePcrSelections,
  pcrSelection,
  readPcrSelections,
  type PcrSelection,
} from '../structures/pcr-selection.ts';
import { decodePublic, encodeSizedPublic, toTpmName, type TpmtPublic } from '../structures/public-area.ts';
import { CommandChannel, type Pause, type TpmCommand, type TpmResponse } from './channel.ts';
import { HIERARCHY, namedByHandle, type Hierarchy, type LoadedKey, type TpmEntity } from './handles.ts';
import { EMPTY_PASSWORD, NONCE_LENGTH, SESSION_HASH, TpmSession, type Authorization } from './session.ts';
import type { TpmTransport } from './transport.ts';

export interface TpmOptions {
  readonly random?: RandomBytes;
  /** Between attempts while the TPM says "retry". */
  readonly pause?: Pause;
}

/** Part 3 §12.1: what Create returns, of which only these two are needed to load the object again. */
export interface CreatedObject {
  readonly public: TpmtPublic;
  /** TPM2B_PRIVATE contents: encrypted under the parent. */
  readonly private: Bytes;
}

/** TPM_SE, Part 2 §6.11. */
const SESSION_TYPE = { hmac: 0x00, policy: 0x01, trial: 0x03 } as const;

/** TPM_CAP, Part 2 §6.12. */
const CAP_HANDLES = 1;
const CAP_PCRS = 5;
const MAX_HANDLES = 254;

/** TPM_HT_PERSISTENT, Part 2 §7.2. */
const PERSISTENT = 0x81;

const STARTUP = { clear: 0x0000, state: 0x0001 } as const;

/** Bytes of data that can be sealed: MAX_SYM_DATA, Part 2 annex A. */
export const MAX_SEALED = 128;

const defaultPause: Pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function writer(): Writer {
  return new Writer('big');
}

function pcrSelections(bank: PcrBank, pcrs: readonly number[]): PcrSelection[] {
  return pcrs.length === 0 ? [] : [pcrSelection(bank, pcrs)];
}

/**
 * The commands of a TPM 2.0 (Part 3), one method each. Auth values are empty: of hierarchies, objects and sessions.
 * Calls may overlap; commands are sent one at a time.
 * @throws TpmCommandError for what the TPM refuses.
 */
export class Tpm {
  readonly #channel: CommandChannel;
  readonly random: RandomBytes;
  #exclusive: Promise<unknown> = Promise.resolve();

  constructor(transport: TpmTransport, options: TpmOptions = {}) {
    this.#channel = new CommandChannel(transport, options.pause ?? defaultPause);
    this.random = options.random ?? webCryptoRandom;
  }

  /** Waits for the command under way, then closes the transport. */
  close(): Promise<void> {
    return this.#channel.close();
  }

  /**
   * One sequence of commands at a time: a TPM has room for three transient objects, so two sequences that each load
   * some would fail each other. Not re-entrant.
   */
  exclusive<T>(sequence: () => Promise<T>): Promise<T> {
    const result = this.#exclusive.then(sequence);
    this.#exclusive = result.catch(() => undefined);
    return result;
  }

  /** §9.3. `clear` after a reset. */
  async startup(type: 'clear' | 'state' = 'clear'): Promise<void> {
    await this.#execute({ name: 'Startup', parameters: writer().u16(STARTUP[type]).finish() });
  }

  /** §9.4 */
  async shutdown(type: 'clear' | 'state' = 'clear'): Promise<void> {
    await this.#execute({ name: 'Shutdown', parameters: writer().u16(STARTUP[type]).finish() });
  }

  /** §10.2 */
  async selfTest(full: boolean): Promise<void> {
    await this.#execute({
      name: 'SelfTest',
      parameters: writer()
        .u8(full ? 1 : 0)
        .finish(),
    });
  }

  /** §16.1; the TPM may return fewer bytes at a time, so it asks until it has them. */
  async getRandom(length: number): Promise<Bytes> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const parameters = writer()
        .u16(length - at)
        .finish();
      const part = (await this.#read({ name: 'GetRandom', parameters })).sized16(length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** §30.2 with TPM_CAP_HANDLES: the handles from `first` on that share its first byte, 254 at most. */
  async listHandles(first: number): Promise<number[]> {
    const parameters = writer().u32(CAP_HANDLES).u32(first).u32(MAX_HANDLES).finish();
    const reader = await this.#read({ name: 'GetCapability', parameters });
    reader.u8(); // moreData
    reader.u32(); // capability
    const count = Math.min(reader.u32(), MAX_HANDLES);
    return Array.from({ length: count }, () => reader.u32()).filter(
      (handle) => handle >>> 24 === first >>> 24,
    );
  }

  /** §30.2 with TPM_CAP_PCRS: the banks that are allocated, with their PCRs. */
  async listPcrBanks(): Promise<PcrSelection[]> {
    const parameters = writer().u32(CAP_PCRS).u32(0).u32(1).finish();
    const reader = await this.#read({ name: 'GetCapability', parameters });
    reader.u8();
    reader.u32();
    return readPcrSelections(reader).filter(({ pcrs }) => pcrs.length > 0);
  }

  /** §22.4; eight values a command. @throws TpmFormatError `unsupported` where the bank is not allocated. */
  async pcrRead(bank: PcrBank, pcrs: readonly number[]): Promise<Map<number, Bytes>> {
    const values = new Map<number, Bytes>();
    let missing = [...new Set(pcrs)].sort((a, b) => a - b);
    while (missing.length > 0) {
      const parameters = encodePcrSelections(pcrSelections(bank, missing));
      const reader = await this.#read({ name: 'PCR_Read', parameters });
      reader.u32(); // pcrUpdateCounter
      const read = readPcrSelections(reader).find((selection) => selection.bank === bank)?.pcrs ?? [];
      const digests = readDigestList(reader);
      for (const [i, pcr] of read.entries()) {
        const digest = digests[i];
        if (digest !== undefined) values.set(pcr, digest);
      }
      const still = missing.filter((pcr) => !values.has(pcr));
      if (still.length === missing.length) {
        throw new TpmFormatError('unsupported', `TPM has no PCRs ${still.join(', ')} in bank ${bank}`, {
          want: bank,
        });
      }
      missing = still;
    }
    return values;
  }

  /** §22.2: `new = H(old ‖ digest)` in each bank given. */
  async pcrExtend(pcr: number, digests: ReadonlyMap<TpmHashName, Uint8Array>): Promise<void> {
    const parameters = writer().u32(digests.size);
    for (const [bank, digest] of digests) {
      if (digest.length !== hashLength(bank)) {
        throw new TpmFormatError('malformed', `digest to extend is not of ${bank}`, {
          got: digest.length,
          want: hashLength(bank),
        });
      }
      parameters.u16(hashId(bank)).bytes(digest);
    }
    const handles = [namedByHandle(pcr)];
    const authorizations = [EMPTY_PASSWORD];
    await this.#execute({ name: 'PCR_Extend', handles, authorizations, parameters: parameters.finish() });
  }

  /** §24.1: the key that the hierarchy's seed and the template determine. Flush it after use. */
  async createPrimary(hierarchy: Hierarchy, template: TpmtPublic): Promise<LoadedKey> {
    const parameters = writer()
      .bytes(sensitive(new Uint8Array()))
      .bytes(encodeSizedPublic(template))
      .u16(0) // outsideInfo
      .u32(0) // creationPCR
      .finish();
    const response = await this.#execute({
      name: 'CreatePrimary',
      handles: [HIERARCHY[hierarchy]],
      authorizations: [EMPTY_PASSWORD],
      parameters,
      returnsHandle: true,
    });
    const area = decodePublic(new Reader(response.parameters, 'big').sized16());
    return { handle: response.handle, public: area, name: await toTpmName(area) };
  }

  /** §12.1. `data` is sealed; without it the TPM makes a key. The session encrypts `data` on the bus. */
  async create(
    parent: LoadedKey,
    template: TpmtPublic,
    data: Uint8Array = new Uint8Array(),
    authorization: Authorization = EMPTY_PASSWORD,
  ): Promise<CreatedObject> {
    if (data.length > MAX_SEALED) {
      throw new TpmFormatError('too-large', 'data to seal', { got: data.length, want: MAX_SEALED });
    }
    const parameters = writer()
      .bytes(sensitive(data))
      .bytes(encodeSizedPublic(template))
      .u16(0)
      .u32(0)
      .finish();
    const reader = await this.#read({
      name: 'Create',
      handles: [parent],
      authorizations: [authorization],
      parameters,
    });
    const privateArea = reader.sized16();
    return { private: privateArea, public: decodePublic(reader.sized16()) };
  }

  /** §12.2 */
  async load(parent: LoadedKey, created: CreatedObject): Promise<LoadedKey> {
    const response = await this.#execute({
      name: 'Load',
      handles: [parent],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(created.private).bytes(encodeSizedPublic(created.public)).finish(),
      returnsHandle: true,
    });
    return { handle: response.handle, public: created.public, name: await toTpmName(created.public) };
  }

  /** §12.3: a public key only, into the null hierarchy. */
  async loadExternal(area: TpmtPublic): Promise<LoadedKey> {
    const response = await this.#execute({
      name: 'LoadExternal',
      parameters: writer().u16(0).bytes(encodeSizedPublic(area)).u32(HIERARCHY.null.handle).finish(),
      returnsHandle: true,
    });
    return { handle: response.handle, public: area, name: await toTpmName(area) };
  }

  /** §12.4 */
  async readPublic(handle: number): Promise<LoadedKey> {
    const reader = await this.#read({ name: 'ReadPublic', handles: [namedByHandle(handle)] });
    const area = decodePublic(reader.sized16());
    return { handle, public: area, name: await toTpmName(area) };
  }

  /** §28.4: objects and sessions. Persistent objects stay where they are. */
  async flush(entity: { readonly handle: number }): Promise<void> {
    if (entity.handle >>> 24 === PERSISTENT) return;
    await this.#execute({ name: 'FlushContext', parameters: writer().u32(entity.handle).finish() });
  }

  /** §28.5: makes a transient object persistent, or removes the persistent one given as both. */
  async evictControl(entity: TpmEntity, persistentHandle: number): Promise<void> {
    await this.#execute({
      name: 'EvictControl',
      handles: [HIERARCHY.owner, entity],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().u32(persistentHandle).finish(),
    });
  }

  /** §18.4: TPMS_ATTEST and TPMT_SIGNATURE under the key's own scheme. `qualifyingData` of 64 bytes at most. */
  async quote(
    key: LoadedKey,
    qualifyingData: Uint8Array,
    bank: PcrBank,
    pcrs: readonly number[],
  ): Promise<{ quote: Bytes; signature: Bytes }> {
    const selections = encodePcrSelections(pcrSelections(bank, pcrs));
    const reader = await this.#read({
      name: 'Quote',
      handles: [key],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(qualifyingData).u16(TPM_ALG.null).bytes(selections).finish(),
    });
    return { quote: reader.sized16(), signature: reader.rest() };
  }

  /** §12.6, by the TPM; `makeCredential` does the same without one. */
  async makeCredential(
    key: LoadedKey,
    secret: Uint8Array,
    name: Uint8Array,
  ): Promise<{ credentialBlob: Bytes; secret: Bytes }> {
    const parameters = writer().sized16(secret).sized16(name).finish();
    const reader = await this.#read({ name: 'MakeCredential', handles: [key], parameters });
    return { credentialBlob: reader.sized16(), secret: reader.sized16() };
  }

  /** §12.5; the key's authorisation decides whether the secret crosses the bus encrypted. */
  async activateCredential(
    activated: LoadedKey,
    key: LoadedKey,
    keyAuthorization: Authorization,
    credential: { readonly credentialBlob: Uint8Array; readonly secret: Uint8Array },
  ): Promise<Bytes> {
    const reader = await this.#read({
      name: 'ActivateCredential',
      handles: [activated, key],
      authorizations: [EMPTY_PASSWORD, keyAuthorization],
      parameters: writer().sized16(credential.credentialBlob).sized16(credential.secret).finish(),
    });
    return reader.sized16();
  }

  /** §12.7 */
  async unseal(object: LoadedKey, authorization: Authorization): Promise<Bytes> {
    const reader = await this.#read({ name: 'Unseal', handles: [object], authorizations: [authorization] });
    return reader.sized16();
  }

  /** §31.6: TPM2B_NV_PUBLIC contents and the name. */
  async nvReadPublic(index: number): Promise<{ area: Bytes; name: Bytes }> {
    const reader = await this.#read({ name: 'NV_ReadPublic', handles: [namedByHandle(index)] });
    return { area: reader.sized16(), name: reader.sized16() };
  }

  /** §31.13 */
  async nvRead(authorizedBy: TpmEntity, index: TpmEntity, length: number, offset: number): Promise<Bytes> {
    const reader = await this.#read({
      name: 'NV_Read',
      handles: [authorizedBy, index],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().u16(length).u16(offset).finish(),
    });
    return reader.sized16();
  }

  /** §11.1: salted to a loaded decryption key, SHA-256, AES-128-CFB. Flush it after use. */
  async startSession(type: 'hmac' | 'policy', saltKey: LoadedKey): Promise<TpmSession> {
    const { seed, encryptedSecret } = await encapsulate(saltKey.public, 'SECRET', this.random);
    const nonceCaller = this.random(NONCE_LENGTH);
    const response = await this.#startAuthSession(type, saltKey, nonceCaller, encryptedSecret);
    const nonceTpm = new Reader(response.parameters, 'big').sized16(64);
    return TpmSession.start({
      handle: response.handle,
      salt: seed,
      nonceCaller,
      nonceTpm,
      random: this.random,
    });
  }

  /** §11.1: computes a policy digest and authorises nothing. Flush it after use. */
  async startTrialSession(): Promise<TpmEntity> {
    const response = await this.#startAuthSession(
      'trial',
      HIERARCHY.null,
      this.random(NONCE_LENGTH),
      new Uint8Array(),
    );
    return namedByHandle(response.handle);
  }

  /** §23.7: with the PCRs as they are now. */
  async policyPcr(
    session: { readonly handle: number },
    bank: PcrBank,
    pcrs: readonly number[],
  ): Promise<void> {
    await this.#execute({
      name: 'PolicyPCR',
      handles: [namedByHandle(session.handle)],
      parameters: writer()
        .u16(0)
        .bytes(encodePcrSelections(pcrSelections(bank, pcrs)))
        .finish(),
    });
  }

  /** §23.4 with the hierarchy's empty password. */
  async policySecret(session: TpmSession, hierarchy: Hierarchy): Promise<void> {
    await this.#execute({
      name: 'PolicySecret',
      handles: [HIERARCHY[hierarchy], namedByHandle(session.handle)],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(session.nonceTpm).u16(0).u16(0).u32(0).finish(),
    });
  }

  /** §23.17 */
  async policyGetDigest(session: { readonly handle: number }): Promise<Bytes> {
    return (await this.#read({ name: 'PolicyGetDigest', handles: [namedByHandle(session.handle)] })).sized16(
      64,
    );
  }

  #startAuthSession(
    type: keyof typeof SESSION_TYPE,
    saltKey: TpmEntity,
    nonceCaller: Bytes,
    encryptedSalt: Bytes,
  ): Promise<TpmResponse> {
    const parameters = writer().sized16(nonceCaller).sized16(encryptedSalt).u8(SESSION_TYPE[type]);
    if (type === 'trial') parameters.u16(TPM_ALG.null);
    else parameters.u16(TPM_ALG.aes).u16(128).u16(TPM_ALG.cfb);
    return this.#execute({
      name: 'StartAuthSession',
      handles: [saltKey, HIERARCHY.null],
      parameters: parameters.u16(hashId(SESSION_HASH)).finish(),
      returnsHandle: true,
    });
  }

  #execute(command: TpmCommand): Promise<TpmResponse> {
    return this.#channel.execute(command);
  }

  async #read(command: TpmCommand): Promise<Reader> {
    return new Reader((await this.#channel.execute(command)).parameters, 'big');
  }
}

/** TPM2B_SENSITIVE_CREATE with an empty auth value, Part 2 §11.1.16. */
function sensitive(data: Uint8Array): Bytes {
  return writer().sized16(writer().u16(0).sized16(data).finish()).finish();
}
