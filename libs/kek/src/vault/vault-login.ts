import { KekError } from '@asterism/keys';
import type { Clock } from '../dependencies.ts';
import { readSecretFile } from '../read-files.ts';
import type { VaultCredentials } from './section.ts';
import { requireData, type VaultHttp } from './vault-http.ts';

/** A login is renewed by a new one when this part of its life is over. */
const USED_UP = 2 / 3;
/** How long a token from a file is used before the file is read again. */
const TOKEN_FILE_MS = 30_000;
/** For a login, which belongs to no single call. */
const LOGIN_MS = 10_000;

interface Token {
  readonly value: string;
  readonly until: number;
}

/** The token of the API, fetched when it is needed and dropped where Vault takes it no longer. */
export class VaultLogin {
  readonly #http: Pick<VaultHttp, 'send'>;
  readonly #credentials: VaultCredentials;
  readonly #clock: Clock;
  #token: Token | undefined;
  /** One for all calls that need a token now: the uses of a secret id may be counted. */
  #login: Promise<Token> | undefined;

  constructor(http: Pick<VaultHttp, 'send'>, credentials: VaultCredentials, clock: Clock) {
    this.#http = http;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** @throws KekError */
  async token(): Promise<string> {
    const now = this.#clock.now().getTime();
    if (this.#token !== undefined && now < this.#token.until) return this.#token.value;
    this.#login ??= this.#logIn(AbortSignal.timeout(LOGIN_MS))
      .then(({ value, life }) => (this.#token = { value, until: now + life }))
      .finally(() => (this.#login = undefined));
    return (await this.#login).value;
  }

  /** After `token` was refused; one that took its place meanwhile stays. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = undefined;
  }

  async #logIn(signal: AbortSignal): Promise<{ value: string; life: number }> {
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

  async #exchange(mount: string, body: unknown, signal: AbortSignal) {
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
