import { canonicalJson, concat, fromUtf8, utf8 } from '@asterism/bytes';
import { jwksSchema } from '@asterism/contracts';
import {
  opensClusterRoot,
  resultSigningKey,
  unwrapClusterRoot,
  wrapClusterRoot,
  type PublicSigningJwk,
  type RandomSource,
  type SigningKey,
} from '@asterism/keys';
import { settings, type Database, type Queries } from '@asterism/persistence';
import { compactVerify, createLocalJWKSet, importJWK, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { ProblemError } from '../http/problem-error.ts';

const ROOT = 'result-signing-root';
/** In the clear, so that results can be verified while the keys are sealed. */
const PUBLIC_KEYS = 'result-signing-jwks';
/** The root is wrapped like a cluster's, in the name of the nil UUID, which no cluster has. */
const OWNER = '00000000-0000-0000-0000-000000000000';
const SALT = 32;

/**
 * Signs attestation results and the head of the audit chain (ES256). One key for the whole platform: results stay
 * verifiable when their cluster is gone, and the public key set says nothing about how many clusters there are (S33).
 * Verifies, and gives the public keys, also while the keys are sealed.
 */
export class ResultSigner {
  readonly #database: Database;
  readonly #random: RandomSource;
  /** The current one first, then those of earlier KEKs that are lost. */
  #public: readonly PublicSigningJwk[];
  #private: CryptoKey | undefined;

  private constructor(database: Database, random: RandomSource, known: readonly PublicSigningJwk[]) {
    this.#database = database;
    this.#random = random;
    this.#public = known;
  }

  static async load(database: Database, random: RandomSource): Promise<ResultSigner> {
    return new ResultSigner(database, random, await readPublic(database.queries));
  }

  /**
   * Makes ready to sign, and changes nothing until what it returns is called: a KEK that is not the one leaves no trace.
   * @throws KeysError `seal-wrong` where this is not the KEK that the signing key lives under (S25)
   */
  async prepare(queries: Queries, kek: Uint8Array): Promise<() => void> {
    const { clock } = this.#database;
    const stored = await settings.readOrCreate(queries, ROOT, this.#newRoot(kek), clock());
    return this.#use(queries, await keyOf(kek, stored));
  }

  /** Whether the signing key lives under this KEK. */
  async isUnder(queries: Queries, kek: Uint8Array): Promise<boolean> {
    const stored = await settings.read(queries, ROOT);
    return stored !== undefined && opensClusterRoot(kek, OWNER, stored.subarray(SALT));
  }

  /** Keys that other replicas sign with since, while this one is sealed: what they sign is verified here as well. */
  async reload(): Promise<void> {
    const known = await readPublic(this.#database.queries);
    if (this.#private === undefined) this.#public = known;
  }

  /** The KEK leaves this process. */
  drop(): void {
    this.#private = undefined;
  }

  /** Writes a new root under a new KEK. The public keys of before stay: what they signed can still be verified. */
  async renew(queries: Queries, kek: Uint8Array): Promise<() => void> {
    const fresh = this.#newRoot(kek);
    await settings.write(queries, ROOT, fresh, this.#database.clock());
    return this.#use(queries, await keyOf(kek, fresh));
  }

  #newRoot(kek: Uint8Array): Uint8Array {
    return concat(this.#random(SALT), wrapClusterRoot(kek, OWNER, this.#random(32), this.#random));
  }

  /** @returns what makes this key the one that signs */
  async #use(queries: Queries, key: SigningKey): Promise<() => void> {
    const privateKey = (await importJWK({ ...key.private }, 'ES256')) as CryptoKey;
    const known = await readPublic(queries);
    const keys = [key.public, ...known.filter(({ kid }) => kid !== key.public.kid)];
    if (toText(keys) !== toText(known)) {
      await settings.write(queries, PUBLIC_KEYS, utf8(JSON.stringify({ keys })), this.#database.clock());
    }
    return () => {
      this.#public = keys;
      this.#private = privateKey;
    };
  }

  /** Compact JWT with `kid` of the key set. @throws ProblemError `sealed` */
  async sign(claims: Readonly<Record<string, unknown>>, type: string): Promise<string> {
    const [current] = this.#public;
    if (this.#private === undefined || current === undefined) {
      throw new ProblemError('sealed', 'the key that signs is sealed', { retryAfter: 10 });
    }
    return new SignJWT({ ...claims } as JWTPayload)
      .setProtectedHeader({ alg: 'ES256', kid: current.kid, typ: type })
      .sign(this.#private);
  }

  /** The claims of one of our own JWTs. @throws where the signature is not ours */
  async read(jwt: string): Promise<unknown> {
    const { payload } = await compactVerify(jwt, createLocalJWKSet({ keys: [...this.#public] }));
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  }

  get jwks(): { readonly keys: readonly PublicSigningJwk[] } {
    return { keys: this.#public };
  }
}

const toText = (keys: readonly PublicSigningJwk[]) => canonicalJson(keys.map((key) => ({ ...key })));

/** @throws KeysError `seal-wrong` under another KEK */
function keyOf(kek: Uint8Array, stored: Uint8Array): Promise<SigningKey> {
  const root = unwrapClusterRoot(kek, OWNER, stored.subarray(SALT));
  return resultSigningKey({ root, salt: stored.subarray(0, SALT) }, 1);
}

async function readPublic(queries: Queries): Promise<readonly PublicSigningJwk[]> {
  const stored = await settings.read(queries, PUBLIC_KEYS);
  return stored === undefined ? [] : jwksSchema.parse(JSON.parse(fromUtf8(stored))).keys;
}
