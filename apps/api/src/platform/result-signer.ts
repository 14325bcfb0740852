import { concat } from '@asterism/bytes';
import {
  resultSigningKey,
  unwrapClusterRoot,
  wrapClusterRoot,
  type PublicSigningJwk,
  type RandomSource,
} from '@asterism/keys';
import { settings, type Database } from '@asterism/persistence';
import { compactVerify, importJWK, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import type { Sealing } from './sealing.ts';

const SETTING = 'result-signing-root';
/** The root is wrapped like a cluster's, in the name of the nil UUID, which no cluster has. */
const OWNER = '00000000-0000-0000-0000-000000000000';
const SALT = 32;

/**
 * Signs attestation results and the head of the audit chain (ES256). One key for the whole platform: results stay
 * verifiable when their cluster is gone, and the public key set says nothing about how many clusters there are (S33).
 */
export class ResultSigner {
  readonly #public: PublicSigningJwk;
  readonly #private: CryptoKey;
  readonly #verification: CryptoKey;

  private constructor(publicKey: PublicSigningJwk, privateKey: CryptoKey, verification: CryptoKey) {
    this.#public = publicKey;
    this.#private = privateKey;
    this.#verification = verification;
  }

  static async open(database: Database, sealing: Sealing, random: RandomSource): Promise<ResultSigner> {
    const salt = random(SALT);
    const fresh = concat(salt, wrapClusterRoot(sealing.kek, OWNER, random(32), random));
    const stored = await settings.readOrCreate(database.queries, SETTING, fresh, database.clock());
    const root = unwrapClusterRoot(sealing.kek, OWNER, stored.subarray(SALT));
    const key = await resultSigningKey({ root, salt: stored.subarray(0, SALT) }, 1);
    const privateKey = await importJWK({ ...key.private }, 'ES256');
    const verification = await importJWK({ ...key.public }, 'ES256');
    return new ResultSigner(key.public, privateKey as CryptoKey, verification as CryptoKey);
  }

  /** Compact JWT with `kid` of the key set. */
  sign(claims: Readonly<Record<string, unknown>>, type: string): Promise<string> {
    return new SignJWT({ ...claims } as JWTPayload)
      .setProtectedHeader({ alg: 'ES256', kid: this.#public.kid, typ: type })
      .sign(this.#private);
  }

  /** The claims of one of our own JWTs. @throws where the signature is not ours */
  async read(jwt: string): Promise<unknown> {
    const { payload } = await compactVerify(jwt, this.#verification);
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  }

  get jwks(): { readonly keys: readonly PublicSigningJwk[] } {
    return { keys: [this.#public] };
  }
}
