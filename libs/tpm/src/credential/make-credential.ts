import { concat, Writer, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';
import { acceptHash, hashLength, type TpmHash } from '../structures/algorithms.ts';
import type { TpmtPublic } from '../structures/public-area.ts';
import { encapsulate, webCryptoRandom, type RandomBytes } from './encapsulate.ts';
import { verifyEndorsementKey } from './endorsement-key.ts';
import { aesCfbEncrypt, hmac, kdfa } from './kdf.ts';

export interface MakeCredentialInput {
  /** The endorsement key; that it is a genuine TPM's is for its certificate to prove. */
  readonly ekPublic: TpmtPublic;
  /** `toTpmName(akPublic)` of the key that must be in the same TPM. */
  readonly akName: Uint8Array;
  /** 1 to 32 bytes that only this TPM, holding this key, can give back. */
  readonly secret: Uint8Array;
  readonly random?: RandomBytes;
}

export interface Credential {
  /** TPM2B_ID_OBJECT contents without the size prefix. */
  readonly credentialBlob: Bytes;
  /** TPM2B_ENCRYPTED_SECRET contents without the size prefix. */
  readonly secret: Bytes;
}

const NOTHING = new Uint8Array();

/** The inner part: encrypt-then-HMAC under keys of the seed, Part 1 §24.5 and §24.6. */
async function protectCredential(
  hash: TpmHash,
  keyBits: number,
  seed: Uint8Array,
  akName: Uint8Array,
  secret: Uint8Array,
): Promise<Bytes> {
  const key = await kdfa(hash, seed, 'STORAGE', akName, NOTHING, keyBits);
  const encrypted = await aesCfbEncrypt(key, new Uint8Array(16), new Writer('big').sized16(secret).finish());
  const hmacKey = await kdfa(hash, seed, 'INTEGRITY', NOTHING, NOTHING, 8 * hashLength(hash));
  const integrity = await hmac(hash, hmacKey, concat(encrypted, akName));
  return concat(new Writer('big').sized16(integrity).finish(), encrypted);
}

/**
 * TPM2_MakeCredential without a TPM (Part 1 §24): encrypts `secret` so that only the TPM with this EK can read it, and
 * only while the key named `akName` is loaded in it. Runs in a browser.
 * @throws TpmNotGenuineError `ek-attributes` | `algorithm-refused`, TpmFormatError `malformed`
 */
export async function makeCredential(input: MakeCredentialInput): Promise<Credential> {
  const { ekPublic, akName, secret, random = webCryptoRandom } = input;
  const { symmetric } = verifyEndorsementKey(ekPublic);
  const hash = acceptHash(ekPublic.nameAlg, 'endorsement key');
  if (secret.length < 1 || secret.length > hashLength(hash)) {
    throw new TpmFormatError('malformed', 'length of the secret of a credential', {
      got: secret.length,
      want: `1 to ${hashLength(hash)}`,
    });
  }
  const { seed, encryptedSecret } = await encapsulate(ekPublic, 'IDENTITY', random);
  const credentialBlob = await protectCredential(hash, symmetric.keyBits, seed, akName, secret);
  return { credentialBlob, secret: encryptedSecret };
}
