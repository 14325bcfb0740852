import { AttestedTlsError, ProblemError } from '@asterism/attested-tls';
import { copySecret } from '@asterism/bytes';
import type { MemberKey, MemberKeyRequest } from '@asterism/contracts';
import { KeyRefusal } from './key-refusal.ts';

/** A key whose characters stand apart from what describes it. */
export interface GivenKey {
  readonly description: Omit<MemberKey, 'key'>;
  /** Base64url as ASCII. Whoever holds it wipes it. */
  readonly characters: Uint8Array;
}

/** The API, as far as keys are concerned. */
export interface KeySource {
  requestKey(request: MemberKeyRequest): Promise<GivenKey>;
}

export interface MemberKeysOptions {
  /** Milliseconds for which a key may serve while the API is out of reach. */
  readonly cacheFor: number;
}

/** Most keys that are remembered; the oldest goes first. */
const MOST = 1_024;
/** The API says that this node gets no keys at all. */
const SHUT_OUT = new Set(['node-quarantined', 'node-revoked']);
/** Statuses under 500 that say nothing about the key or its owner. */
const PASSING = new Set([401, 408, 429]);

interface Remembered extends GivenKey {
  readonly expiry: NodeJS.Timeout;
}

/**
 * Keys of volumes and object stores for this node's clients. The API is asked each time, so that it decides and counts;
 * memory serves only while it cannot be asked, for a bounded time, and is wiped at once when this node is no member.
 */
export class MemberKeys {
  readonly #options: MemberKeysOptions;
  readonly #remembered = new Map<string, Remembered>();
  #source: KeySource | null = null;
  #member = false;

  constructor(options: MemberKeysOptions) {
    this.#options = options;
  }

  /** The connection that keys are asked for on; null while there is none. */
  connect(source: KeySource | null): void {
    this.#source = source;
  }

  /** Anything but a member is given nothing, and what it had is wiped. */
  setMember(member: boolean): void {
    this.#member = member;
    if (!member) this.clear();
  }

  /** @returns a copy, the caller's to wipe. @throws KeyRefusal */
  async give(request: MemberKeyRequest): Promise<GivenKey> {
    this.#requireMember();
    const name = JSON.stringify([request.purpose, request.id, request.version ?? null]);
    try {
      return this.#remember(name, await this.#ask(request));
    } catch (error) {
      this.#forgetAfter(error, name);
      const remembered = this.#remembered.get(name);
      if (remembered !== undefined) return copyOf(remembered);
      throw new KeyRefusal('api-unavailable', 'the API cannot be asked now, and the key is not remembered');
    }
  }

  clear(): void {
    for (const name of this.#remembered.keys()) this.#forget(name);
  }

  async #ask(request: MemberKeyRequest): Promise<GivenKey> {
    if (this.#source === null) throw new AttestedTlsError('connection-closed', 'no connection to the API');
    const given = await this.#source.requestKey(request);
    if (!this.#member) given.characters.fill(0);
    this.#requireMember();
    return given;
  }

  #requireMember(): void {
    if (!this.#member) throw new KeyRefusal('not-member', 'this machine is no member of its cluster now');
  }

  /** @throws where the error is an answer: what was remembered is not given against it */
  #forgetAfter(error: unknown, name: string): void {
    if (error instanceof AttestedTlsError) return;
    if (!(error instanceof ProblemError)) throw error;
    const { code, status, message } = error;
    if (status >= 500 || PASSING.has(status)) return;
    if (SHUT_OUT.has(code)) this.clear();
    this.#forget(name);
    throw new KeyRefusal({ code, status }, message);
  }

  #remember(name: string, given: GivenKey): GivenKey {
    const { cacheFor } = this.#options;
    this.#forget(name);
    if (cacheFor === 0) return given;
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= MOST && oldest !== undefined) this.#forget(oldest);
    const expiry = setTimeout(() => this.#forget(name), cacheFor).unref();
    this.#remembered.set(name, { ...copyOf(given), expiry });
    return given;
  }

  #forget(name: string): void {
    const remembered = this.#remembered.get(name);
    if (remembered === undefined) return;
    clearTimeout(remembered.expiry);
    remembered.characters.fill(0);
    this.#remembered.delete(name);
  }
}

function copyOf({ description, characters }: GivenKey): GivenKey {
  return { description, characters: copySecret(characters) };
}
