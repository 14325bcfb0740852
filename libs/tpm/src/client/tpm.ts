import { Writer, type Bytes, type Reader } from '@asterism/bytes';
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
import { CommandChannel, type Pause, type ReadResponse, type TpmCommand } from './channel.ts';
import { TpmCommandError } from './command-error.ts';
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

/** TPM_HT, Part 2 §7.2. */
const HANDLE_TYPE = { loadedSession: 0x02, policySession: 0x03, persistent: 0x81 } as const;

/** A list of loaded sessions names those with a policy by their own first byte, Part 2 §7.2. */
function kindOf(handle: number): number {
  const kind = handle >>> 24;
  return kind === HANDLE_TYPE.policySession ? HANDLE_TYPE.loadedSession : kind;
}

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

  /** Any command, also one without a method here: those of NV indices are in `nv.ts`. */
  run<T>(command: TpmCommand, read: ReadResponse<T>): Promise<T> {
    return this.#channel.execute(command, read);
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

  /**
   * §16.1; the TPM may return fewer bytes at a time, so it asks until it has them.
   * @throws TpmCommandError `response-malformed` where none come.
   */
  async getRandom(length: number): Promise<Bytes> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const parameters = writer()
        .u16(length - at)
        .finish();
      const part = await this.run({ name: 'GetRandom', parameters }, (reader) => reader.sized16(length - at));
      if (part.length === 0) throw new TpmCommandError('response-malformed', 'TPM gives no random bytes');
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** §30.2 with TPM_CAP_HANDLES: the handles from `first` on that share its first byte, 254 at most. */
  listHandles(first: number): Promise<number[]> {
    return this.#capability(CAP_HANDLES, first, MAX_HANDLES, (reader) => {
      const count = Math.min(reader.u32(), MAX_HANDLES);
      const handles = Array.from({ length: count }, () => reader.u32());
      return handles.filter((handle) => kindOf(handle) === kindOf(first));
    });
  }

  /** §30.2 with TPM_CAP_PCRS: the banks that are allocated, with their PCRs. */
  async listPcrBanks(): Promise<PcrSelection[]> {
    const selections = await this.#capability(CAP_PCRS, 0, 1, readPcrSelections);
    return selections.filter(({ pcrs }) => pcrs.length > 0);
  }

  /** §22.4; eight values a command. @throws TpmFormatError `unsupported` where the bank is not allocated. */
  async pcrRead(bank: PcrBank, pcrs: readonly number[]): Promise<Map<number, Bytes>> {
    const values = new Map<number, Bytes>();
    let missing = [...new Set(pcrs)].sort((a, b) => a - b);
    while (missing.length > 0) {
      const parameters = encodePcrSelections(pcrSelections(bank, missing));
      const { read, digests } = await this.run({ name: 'PCR_Read', parameters }, (reader) => {
        reader.u32(); // pcrUpdateCounter
        const selections = readPcrSelections(reader);
        const ofBank = selections.find((selection) => selection.bank === bank)?.pcrs ?? [];
        return { read: ofBank, digests: readDigestList(reader) };
      });
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
    const command: TpmCommand = {
      name: 'CreatePrimary',
      handles: [HIERARCHY[hierarchy]],
      authorizations: [EMPTY_PASSWORD],
      parameters,
      returnsHandle: true,
    };
    return loaded(
      await this.run(command, (reader, handle) => {
        const area = decodePublic(reader.sized16());
        reader.rest(); // creation data, its hash and ticket, name
        return { handle, public: area };
      }),
    );
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
    const authorizations = [authorization];
    return this.run({ name: 'Create', handles: [parent], authorizations, parameters }, (reader) => {
      const privateArea = reader.sized16();
      const area = decodePublic(reader.sized16());
      reader.rest(); // creation data, its hash and ticket
      return { private: privateArea, public: area };
    });
  }

  /** §12.2 */
  async load(parent: LoadedKey, created: CreatedObject): Promise<LoadedKey> {
    const command: TpmCommand = {
      name: 'Load',
      handles: [parent],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(created.private).bytes(encodeSizedPublic(created.public)).finish(),
      returnsHandle: true,
    };
    return loaded({ handle: await this.run(command, loadedHandle), public: created.public });
  }

  /** §12.3: a public key only, into the null hierarchy. */
  async loadExternal(area: TpmtPublic): Promise<LoadedKey> {
    const command: TpmCommand = {
      name: 'LoadExternal',
      parameters: writer().u16(0).bytes(encodeSizedPublic(area)).u32(HIERARCHY.null.handle).finish(),
      returnsHandle: true,
    };
    return loaded({ handle: await this.run(command, loadedHandle), public: area });
  }

  /** §12.4 */
  async readPublic(handle: number): Promise<LoadedKey> {
    const command: TpmCommand = { name: 'ReadPublic', handles: [namedByHandle(handle)] };
    const area = await this.run(command, (reader) => {
      const publicArea = decodePublic(reader.sized16());
      reader.rest(); // name and qualified name
      return publicArea;
    });
    return loaded({ handle, public: area });
  }

  /** §28.4: objects and sessions. Persistent objects stay where they are. */
  async flush(entity: { readonly handle: number }): Promise<void> {
    if (entity.handle >>> 24 === HANDLE_TYPE.persistent) return;
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
    const command: TpmCommand = {
      name: 'Quote',
      handles: [key],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(qualifyingData).u16(TPM_ALG.null).bytes(selections).finish(),
    };
    return this.run(command, (reader) => ({ quote: reader.sized16(), signature: reader.rest() }));
  }

  /** §12.6, by the TPM; `makeCredential` does the same without one. */
  async makeCredential(
    key: LoadedKey,
    secret: Uint8Array,
    name: Uint8Array,
  ): Promise<{ credentialBlob: Bytes; secret: Bytes }> {
    const parameters = writer().sized16(secret).sized16(name).finish();
    return this.run({ name: 'MakeCredential', handles: [key], parameters }, (reader) => ({
      credentialBlob: reader.sized16(),
      secret: reader.sized16(),
    }));
  }

  /** §12.5; the key's authorisation decides whether the secret crosses the bus encrypted. */
  async activateCredential(
    activated: LoadedKey,
    key: LoadedKey,
    keyAuthorization: Authorization,
    credential: { readonly credentialBlob: Uint8Array; readonly secret: Uint8Array },
  ): Promise<Bytes> {
    const command: TpmCommand = {
      name: 'ActivateCredential',
      handles: [activated, key],
      authorizations: [EMPTY_PASSWORD, keyAuthorization],
      parameters: writer().sized16(credential.credentialBlob).sized16(credential.secret).finish(),
    };
    return this.run(command, (reader) => reader.sized16());
  }

  /** §12.7 */
  async unseal(object: LoadedKey, authorization: Authorization): Promise<Bytes> {
    const command: TpmCommand = { name: 'Unseal', handles: [object], authorizations: [authorization] };
    return this.run(command, (reader) => reader.sized16());
  }

  /** §11.1: salted to a loaded decryption key, SHA-256, AES-128-CFB. Flush it after use. */
  async startSession(type: 'hmac' | 'policy', saltKey: LoadedKey): Promise<TpmSession> {
    const { seed, encryptedSecret } = await encapsulate(saltKey.public, 'SECRET', this.random);
    const nonceCaller = this.random(NONCE_LENGTH);
    const { handle, nonceTpm } = await this.#startAuthSession(type, saltKey, nonceCaller, encryptedSecret);
    return TpmSession.start({ handle, salt: seed, nonceCaller, nonceTpm, random: this.random });
  }

  /** §11.1: computes a policy digest and authorises nothing. Flush it after use. */
  async startTrialSession(): Promise<TpmEntity> {
    const nonceCaller = this.random(NONCE_LENGTH);
    const none = new Uint8Array();
    return namedByHandle((await this.#startAuthSession('trial', HIERARCHY.null, nonceCaller, none)).handle);
  }

  /** §23.7: with the PCRs as they are now; a trial session takes any digest of values. */
  async policyPcr(
    session: { readonly handle: number },
    bank: PcrBank,
    pcrs: readonly number[],
    pcrDigest: Uint8Array = new Uint8Array(),
  ): Promise<void> {
    await this.#execute({
      name: 'PolicyPCR',
      handles: [namedByHandle(session.handle)],
      parameters: writer()
        .sized16(pcrDigest)
        .bytes(encodePcrSelections(pcrSelections(bank, pcrs)))
        .finish(),
    });
  }

  /** §23.4 with the hierarchy's empty password. */
  async policySecret(session: TpmSession, hierarchy: Hierarchy): Promise<void> {
    const command: TpmCommand = {
      name: 'PolicySecret',
      handles: [HIERARCHY[hierarchy], namedByHandle(session.handle)],
      authorizations: [EMPTY_PASSWORD],
      parameters: writer().sized16(session.nonceTpm).u16(0).u16(0).u32(0).finish(),
    };
    await this.run(command, (reader) => reader.rest()); // timeout and ticket, empty without expiration
  }

  /** §23.17 */
  async policyGetDigest(session: { readonly handle: number }): Promise<Bytes> {
    const command: TpmCommand = { name: 'PolicyGetDigest', handles: [namedByHandle(session.handle)] };
    return this.run(command, (reader) => reader.sized16(64));
  }

  #startAuthSession(
    type: keyof typeof SESSION_TYPE,
    saltKey: TpmEntity,
    nonceCaller: Bytes,
    encryptedSalt: Bytes,
  ): Promise<{ handle: number; nonceTpm: Bytes }> {
    const parameters = writer().sized16(nonceCaller).sized16(encryptedSalt).u8(SESSION_TYPE[type]);
    if (type === 'trial') parameters.u16(TPM_ALG.null);
    else parameters.u16(TPM_ALG.aes).u16(128).u16(TPM_ALG.cfb);
    const command: TpmCommand = {
      name: 'StartAuthSession',
      handles: [saltKey, HIERARCHY.null],
      parameters: parameters.u16(hashId(SESSION_HASH)).finish(),
      returnsHandle: true,
    };
    return this.run(command, (reader, handle) => ({ handle, nonceTpm: reader.sized16(64) }));
  }

  #capability<T>(
    capability: number,
    property: number,
    count: number,
    read: (reader: Reader) => T,
  ): Promise<T> {
    const parameters = writer().u32(capability).u32(property).u32(count).finish();
    return this.run({ name: 'GetCapability', parameters }, (reader) => {
      reader.u8(); // moreData
      reader.u32(); // capability
      return read(reader);
    });
  }

  /** A command without output. */
  #execute(command: TpmCommand): Promise<void> {
    return this.run(command, () => undefined);
  }
}

async function loaded(object: { readonly handle: number; readonly public: TpmtPublic }): Promise<LoadedKey> {
  return { ...object, name: await toTpmName(object.public) };
}

const loadedHandle: ReadResponse<number> = (reader, handle) => {
  reader.sized16(); // name
  return handle;
};

/** TPM2B_SENSITIVE_CREATE with an empty auth value, Part 2 §11.1.16. */
function sensitive(data: Uint8Array): Bytes {
  return writer().sized16(writer().u16(0).sized16(data).finish()).finish();
}
