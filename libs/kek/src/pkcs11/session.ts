import { KekError } from '@asterism/keys';
import { readSecretFile } from '../read-files.ts';
import type { Pkcs11Module } from './module.ts';
import { CKR, Pkcs11ReturnValue } from './return-values.ts';
import type { Pkcs11Section } from './section.ts';

/** PKCS #11 v2.40: CKA_*, CKO_*, CKF_*, CKU_* that are used here. */
const CKA = { class: 0x0, label: 0x3, id: 0x102 } as const;
const SECRET_KEY = 4;
const SERIAL_SESSION = 4;
const USER = 1;
const MOST_SLOTS = 64;
const MOST_KEYS = 64;
const MOST_ID = 64;
const WORD = 8;
/** CK_TOKEN_INFO begins with the label, padded with blanks. */
const TOKEN_INFO = 256;
const LABEL = 32;

/** What a session that is over says. */
const OVER: ReadonlySet<number> = new Set([CKR.sessionClosed, CKR.sessionHandleInvalid, CKR.userNotLoggedIn]);
/** PIN_INCORRECT to PIN_LOCKED. */
const PIN_REFUSED = { from: 0xa0, to: 0xa4 } as const;

export interface TokenKey {
  readonly handle: bigint;
  /** CKA_ID, hexadecimal. */
  readonly id: string;
}

/** A logged-in session with the token. */
export class TokenSession {
  readonly #module: Pkcs11Module;
  readonly #section: Pkcs11Section;
  #session: bigint | undefined;
  #generation = 0;
  /** The PIN that the token refused. It is never tried twice: tokens lock themselves. */
  #refusedPin: string | undefined;

  constructor(module: Pkcs11Module, section: Pkcs11Section) {
    this.#module = module;
    this.#section = section;
  }

  /** Runs `task` on the session when it is its turn; once more on a new one where the session was over. */
  run<Result>(task: (session: bigint) => Promise<Result>): Promise<Result> {
    return this.#module.exclusive(async (generation) => {
      if (generation !== this.#generation) this.#session = undefined;
      this.#generation = generation;
      try {
        return await task(await this.#open());
      } catch (error) {
        if (!(error instanceof Pkcs11ReturnValue && OVER.has(error.value))) throw error;
        this.#session = undefined;
        return task(await this.#open());
      }
    });
  }

  /** Keys of the configured label, by CKA_ID. @throws KekError `kek-unknown` where there is none */
  async keys(session: bigint): Promise<TokenKey[]> {
    using memory = this.#module.memory();
    const label = Buffer.from(this.#section.key);
    const template = memory.putWords(
      ...[CKA.class, memory.putWords(SECRET_KEY), WORD],
      ...[CKA.label, memory.put(label), label.length],
    );
    const handles = memory.allocate(MOST_KEYS * WORD);
    const count = memory.putWords(0);
    await this.#module.call('C_FindObjectsInit', [session, template, 2]);
    try {
      await this.#module.call('C_FindObjects', [session, handles, MOST_KEYS, count]);
    } finally {
      await this.#module.call('C_FindObjectsFinal', [session]);
    }
    const keys: TokenKey[] = [];
    for (let at = 0; at < memory.readWord(count, 0); at += 1) {
      const handle = memory.readWord(handles, at);
      keys.push({ handle, id: await this.#idOf(session, handle) });
    }
    if (keys.length === 0) {
      throw new KekError('kek-unknown', 'the token has no key of this label', { want: this.#section.key });
    }
    return keys.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async close(): Promise<void> {
    if (this.#session === undefined) return;
    await this.#module.exclusive(() => this.#logOut()).catch(() => undefined);
  }

  async #idOf(session: bigint, handle: bigint): Promise<string> {
    using memory = this.#module.memory();
    const id = memory.allocate(MOST_ID);
    const attribute = memory.putWords(CKA.id, id, MOST_ID);
    await this.#module.call('C_GetAttributeValue', [session, handle, attribute, 1]);
    const length = memory.readWord(attribute, 2);
    return length > MOST_ID ? '' : Buffer.from(memory.read(id, Number(length))).toString('hex');
  }

  async #logOut(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    await this.#module.call('C_Logout', [session]).catch(() => undefined);
    await this.#module.call('C_CloseSession', [session]).catch(() => undefined);
  }

  async #open(): Promise<bigint> {
    if (this.#session !== undefined) return this.#session;
    await this.#module.takeLogin(() => this.#logOut());
    const pin = await readSecretFile(this.#section.pinFile);
    if (pin === this.#refusedPin) {
      throw new KekError('kek-denied', 'the token has refused this PIN; it is not tried again');
    }
    using memory = this.#module.memory();
    const opened = memory.putWords(0);
    await this.#module.call('C_OpenSession', [await this.#slot(), SERIAL_SESSION, null, null, opened]);
    const session = memory.readWord(opened, 0);
    const bytes = Buffer.from(pin);
    try {
      const given = memory.put(bytes);
      await this.#module.call('C_Login', [session, USER, given, bytes.length]);
    } catch (error) {
      const refused =
        error instanceof Pkcs11ReturnValue &&
        error.value >= PIN_REFUSED.from &&
        error.value <= PIN_REFUSED.to;
      if (refused) this.#refusedPin = pin;
      await this.#module.call('C_CloseSession', [session]).catch(() => undefined);
      throw error;
    } finally {
      bytes.fill(0);
    }
    this.#session = session;
    return session;
  }

  /** @throws KekError `kek-unreachable` where no slot holds the token */
  async #slot(): Promise<bigint> {
    using memory = this.#module.memory();
    const slots = memory.allocate(MOST_SLOTS * WORD);
    const count = memory.putWords(MOST_SLOTS);
    await this.#module.call('C_GetSlotList', [1, slots, count]);
    for (let at = 0; at < memory.readWord(count, 0); at += 1) {
      const slot = memory.readWord(slots, at);
      const info = memory.allocate(TOKEN_INFO);
      await this.#module.call('C_GetTokenInfo', [slot, info]);
      const label = Buffer.from(memory.read(info, LABEL)).toString('utf8').trimEnd();
      if (label === this.#section.token) return slot;
    }
    throw new KekError('kek-unreachable', 'no slot holds the token', { want: this.#section.token });
  }
}
