import { KekError } from '@asterism/keys';
import type { Clock } from '../dependencies.ts';
import { readSecretFile } from '../read-files.ts';
import type { VaultCredentials } from './section.ts';
import { requireData, type VaultHttp } from './vault-http.ts';

/** A login is renewed by a new one when this part of its life is over. */
const USED_UP = 2 / 3;
/** How long a token from a file is used before the file is read again. */
const TOKEN_FILE_MS = 30_000;

/** The token of the API, fetched when it is needed and dropped where Vault takes it no longer. */
export class VaultLogin {
  readonly #http: VaultHttp;
  readonly #credentials: VaultCredentials;
  readonly #clock: Clock;
  #token: { readonly value: string; readonly until: number } | undefined;

  constructor(http: VaultHttp, credentials: VaultCredentials, clock: Clock) {
    this.#http = http;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** @throws KekError */
  async token(signal: AbortSignal | undefined): Promise<string> {
    const now = this.#clock.now().getTime();
    if (this.#token !== undefined && now < this.#token.until) return this.#token.value;
    const { value, life } = await this.#logIn(signal);
    this.#token = { value, until: now + life };
    return value;
  }

  /** After `token` was refused. */
  forget(token: string): boolean {
    if (this.#token?.value !== token) return false;
    this.#token = undefined;
    return true;
  }

  async #logIn(signal: AbortSignal | undefined): Promise<{ value: string; life: number }> {
    const credentials = this.#credentials;
    switch (credentials.source) {
      case 'token-file':
        return { value: await readSecretFile(credentials.file), life: TOKEN_FILE_MS };
      case 'approle': {
        const secret = await readSecretFile(credentials.secretIdFile);
        return this.#exchange(credentials.mount, { role_id: credentials.roleId, secret_id: secret }, signal);
      }
      case 'kubernetes': {
        const jwt = await readSecretFile(credentials.tokenFile);
        return this.#exchange(credentials.mount, { role: credentials.role, jwt }, signal);
      }
    }
  }

  async #exchange(mount: string, body: unknown, signal: AbortSignal | undefined) {
    const answer = await this.#http.send({ method: 'POST', path: `auth/${mount}/login`, body, signal });
    // 400: invalid role or secret.
    const auth = requireData(answer, () => 'kek-denied');
    const { client_token: value, lease_duration: seconds } = auth;
    if (typeof value !== 'string' || value === '' || typeof seconds !== 'number') {
      throw new KekError('kek-response-invalid', 'Vault logged in without a token');
    }
    // A lease of 0 is a token without an end.
    return { value, life: seconds === 0 ? TOKEN_FILE_MS : seconds * 1000 * USED_UP };
  }
}
