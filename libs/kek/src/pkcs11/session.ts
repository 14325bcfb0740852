import { KekError } from '@asterism/keys';
import { readSecretFile } from '../read-files.ts';
import type { Pkcs11Module } from './module.ts';
import { CKR, Pkcs11ReturnValue } from './return-values.ts';
import type { Pkcs11Section } from './section.ts';

/** PKCS #11 v2.40: CKA_*, CKO_*, CKF_*, CKU_* that are used here. */
const CKA = { class: 0x0, label: 0x3, id: 0x102, keyType: 0x100 } as const;
const SECRET_KEY = 4;
const SERIAL_SESSION = 4;
const USER = 1;
const MOST_SLOTS = 64;
const MOST_KEYS = 64;
const TOKEN_INFO = 256;
const LABEL = 32;
const UNAVAILABLE = 0xffff_ffff_ffff_ffffn;

/** What a session that is over says. */
const OVER: ReadonlySet<number> = new Set([CKR.sessionClosed, CKR.sessionHandleInvalid, CKR.userNotLoggedIn]);

export interface TokenKey {
  readonly handle: number | bigint;
  /** CKA_ID, hexadecimal. */
  readonly id: string;
}

/** A logged-in session with the token. Calls on a session are one after the other, as PKCS #11 wants them. */
export class TokenSession {
  readonly #module: Pkcs11Module;
  readonly #section: Pkcs11Section;
  #session: number | bigint | undefined;
  /** The PIN that the token refused. It is never tried twice: tokens lock themselves. */
  #refusedPin: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(module: Pkcs11Module, section: Pkcs11Section) {
    this.#module = module;
    this.#section = section;
  }

  /** Runs `task` on the session when it is its turn; once more on a new one where the session was over. */
  run<Result>(task: (session: number | bigint) => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(async () => {
      try {
        return await task(await this.#open());
      } catch (error) {
        if (!(error instanceof Pkcs11ReturnValue && OVER.has(error.value))) throw error;
        this.#session = undefined;
        return task(await this.#open());
      }
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Keys of the configured label, by CKA_ID. @throws KekError `kek-unknown` where there is none */
  async keys(session: number | bigint): Promise<TokenKey[]> {
    const label = Buffer.from(this.#section.key);
    const secretKey = Buffer.alloc(8);
    secretKey.writeBigUInt64LE(BigInt(SECRET_KEY));
    const template = [
      { type: CKA.class, pValue: secretKey, ulValueLen: secretKey.length },
      { type: CKA.label, pValue: label, ulValueLen: label.length },
    ];
    await this.#module.call('C_FindObjectsInit', [session, template, template.length]);
    const handles = new BigUint64Array(MOST_KEYS);
    const found = [0];
    try {
      await this.#module.call('C_FindObjects', [session, handles, MOST_KEYS, found]);
    } finally {
      await this.#module.call('C_FindObjectsFinal', [session]);
    }
    const keys: TokenKey[] = [];
    for (const handle of handles.subarray(0, found[0])) {
      keys.push({ handle, id: await this.#idOf(session, handle) });
    }
    if (keys.length === 0)
      throw new KekError('kek-unknown', 'the token has no key of this label', { want: this.#section.key });
    return keys.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await this.#module.call('C_CloseSession', [session]).catch(() => undefined);
  }

  async #idOf(session: number | bigint, handle: bigint): Promise<string> {
    const id = Buffer.alloc(64);
    const template = [{ type: CKA.id, pValue: id, ulValueLen: id.length }];
    const attribute = this.#module.attributes(template);
    await this.#module.call('C_GetAttributeValue', [session, handle, attribute, 1]);
    const length = this.#module.attributeLength(attribute);
    if (length === UNAVAILABLE || length > id.length) return '';
    return id.toString('hex', 0, Number(length));
  }

  async #open(): Promise<number | bigint> {
    if (this.#session !== undefined) return this.#session;
    const pin = await readSecretFile(this.#section.pinFile);
    if (pin === this.#refusedPin)
      throw new KekError('kek-denied', 'the token has refused this PIN; it is not tried again');
    const session = [0 as number | bigint];
    await this.#module.call('C_OpenSession', [await this.#slot(), SERIAL_SESSION, null, null, session]);
    const opened = session[0] ?? 0;
    const bytes = Buffer.from(pin);
    try {
      await this.#module.call('C_Login', [opened, USER, bytes, bytes.length], [CKR.userAlreadyLoggedIn]);
    } catch (error) {
      if (error instanceof Pkcs11ReturnValue && error.value >= 0xa0 && error.value <= 0xa4)
        this.#refusedPin = pin;
      await this.#module.call('C_CloseSession', [opened]).catch(() => undefined);
      throw error;
    } finally {
      bytes.fill(0);
    }
    this.#session = opened;
    return opened;
  }

  /** @throws KekError `kek-unreachable` where no slot holds the token */
  async #slot(): Promise<bigint> {
    const slots = new BigUint64Array(MOST_SLOTS);
    const count = [MOST_SLOTS];
    await this.#module.call('C_GetSlotList', [1, slots, count]);
    for (const slot of slots.subarray(0, Number(count[0]))) {
      const info = Buffer.alloc(TOKEN_INFO);
      await this.#module.call('C_GetTokenInfo', [slot, info]);
      if (info.toString('utf8', 0, LABEL).trimEnd() === this.#section.token) return slot;
    }
    throw new KekError('kek-unreachable', 'no slot holds the token', { want: this.#section.token });
  }
}
