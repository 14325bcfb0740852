import { KekError, kekContextBytes, type KekErrorCode, type KekProvider } from '@asterism/keys';
import type { KekDependencies } from '../dependencies.ts';
import { readAuthorities } from '../read-files.ts';
import type { VaultSection } from './section.ts';
import { requireData, VaultHttp } from './vault-http.ts';
import { VaultLogin } from './vault-login.ts';

/** `vault:v3:base64` */
const CIPHERTEXT = /^vault:v(\d{1,9}):[A-Za-z0-9+/]+={0,2}$/;

/**
 * A key of the transit engine of Vault or OpenBao (HTTP API, "Transit secrets engine"). The context is `associated_data`,
 * which AES-GCM and ChaCha20-Poly1305 keys authenticate; a key that cannot is refused. The ciphertext names its key
 * version; versions below the key's `min_decryption_version` are disabled.
 */
export async function openVault(section: VaultSection, { clock }: KekDependencies): Promise<KekProvider> {
  const ca = await readAuthorities(section.caFile);
  const http = new VaultHttp({ origin: section.address, namespace: section.namespace, ca });
  const login = new VaultLogin(http, section.credentials, clock);
  const path = (operation: string) => `${section.mount}/${operation}/${section.key}`;

  async function call(
    method: 'GET' | 'POST',
    at: string,
    body: unknown,
    signal: AbortSignal | undefined,
    bad: BadRequest,
  ) {
    for (let attempt = 0; ; attempt += 1) {
      const token = await login.token();
      const answer = await http.send({ method, path: at, body, token, signal });
      // The token may have been revoked: once with a new one, then it is our permission that is missing.
      if (answer.status === 403 && attempt === 0) {
        login.forget(token);
        continue;
      }
      return requireData(answer, bad);
    }
  }

  /** To encrypt with a key that is not there is to make it, which our policy forbids: the answer is `permission denied`. */
  async function explain(error: unknown, signal: AbortSignal | undefined): Promise<never> {
    if (error instanceof KekError && error.code === 'kek-denied') {
      await call('GET', path('keys'), undefined, signal, () => 'kek-denied').catch((reading: unknown) => {
        if (reading instanceof KekError && reading.code === 'kek-unknown') throw reading;
      });
    }
    throw error;
  }

  return {
    kind: 'vault',
    wrap: async (plaintext, context, { signal } = {}) => {
      const body = { plaintext: toBase64(plaintext), associated_data: toBase64(kekContextBytes(context)) };
      const { ciphertext } = await call('POST', path('encrypt'), body, signal, onEncrypt).catch(
        (error: unknown) => explain(error, signal),
      );
      const [, version] = CIPHERTEXT.exec(String(ciphertext)) ?? [];
      if (version === undefined) throw new KekError('kek-response-invalid', 'Vault: no ciphertext');
      return { kekVersion: version, ciphertext: new TextEncoder().encode(String(ciphertext)) };
    },
    unwrap: async ({ ciphertext, kekVersion }, context, { signal } = {}) => {
      const text = new TextDecoder().decode(ciphertext);
      if (CIPHERTEXT.exec(text)?.[1] !== kekVersion) {
        throw new KekError('kek-ciphertext-wrong', 'not wrapped by this version of a transit key');
      }
      const body = { ciphertext: text, associated_data: toBase64(kekContextBytes(context)) };
      const { plaintext } = await call('POST', path('decrypt'), body, signal, onDecrypt);
      if (typeof plaintext !== 'string') throw new KekError('kek-response-invalid', 'Vault: no plaintext');
      return new Uint8Array(Buffer.from(plaintext, 'base64'));
    },
    describe: async ({ signal } = {}) => {
      const data = await call('GET', path('keys'), undefined, signal, () => 'kek-response-invalid');
      const { latest_version: version, type, soft_deleted: deleted, supports_encryption: encrypts } = data;
      const enabled = deleted !== true && encrypts !== false;
      return {
        state: enabled ? 'enabled' : 'disabled',
        kekVersion: String(version),
        algorithm: String(type),
      };
    },
    close: () => http.close(),
  };
}

type BadRequest = (errors: string) => KekErrorCode;

/** `encrypt` would make a key that is missing, where the policy lets it; ours should not. */
const onEncrypt: BadRequest = (errors) => {
  if (/not found|no existing key/i.test(errors)) return 'kek-unknown';
  return /deleted|disallowed|disabled/i.test(errors) ? 'kek-disabled' : 'kek-response-invalid';
};

const onDecrypt: BadRequest = (errors) => {
  if (/key not found/i.test(errors)) return 'kek-unknown';
  return /too old|deleted|disallowed|disabled/i.test(errors) ? 'kek-disabled' : 'kek-ciphertext-wrong';
};

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
