import { equalBytes, fromBase64url, Reader, toBase64url, utf8, type Bytes } from '@asterism/bytes';
import type { Activation } from '@asterism/contracts';
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type JsonWebKey,
} from 'node:crypto';

export interface CredentialKeys {
  readonly akName: Uint8Array;
  /** x coordinate of the EK. */
  readonly ekX: Uint8Array;
  /** ECC P-256, as JWK. */
  readonly ekPrivate: object;
}

const BITS = { storage: 128, integrity: 256 };

/**
 * What a TPM with an ECC P-256 EK (SHA-256, AES-128) does for TPM2_ActivateCredential: TPM 2.0 Part 1 §24 and annex C.6.
 * Written from the specification with node:crypto, apart from libs/tpm, so that the two check each other.
 * @throws where the credential was made for another EK or another AK
 */
export function openCredential({ credentialBlob, secret }: Activation, keys: CredentialKeys): Bytes {
  const seed = seedOf(fromBase64url(secret), keys);
  const blob = new Reader(fromBase64url(credentialBlob), 'big');
  const integrity = blob.sized16(32);
  const encrypted = blob.rest();
  const none = new Uint8Array();
  const expected = createHmac('sha256', kdfa(seed, 'INTEGRITY', none, BITS.integrity))
    .update(encrypted)
    .update(keys.akName)
    .digest();
  if (!equalBytes(expected, integrity)) throw new Error('the credential is for another EK or another AK');
  const key = kdfa(seed, 'STORAGE', keys.akName, BITS.storage);
  const decipher = createDecipheriv('aes-128-cfb', key, Buffer.alloc(16));
  const plain = Buffer.concat([decipher.update(encrypted), decipher.final()]);
  return new Reader(new Uint8Array(plain), 'big').sized16(32);
}

/** KDFe over the ECDH secret and both x coordinates. */
function seedOf(secret: Uint8Array, { ekX, ekPrivate }: CredentialKeys): Buffer {
  const point = new Reader(secret, 'big');
  const [x, y] = [point.sized16(32), point.sized16(32)];
  const publicKey = createPublicKey({
    key: { kty: 'EC', crv: 'P-256', x: toBase64url(x), y: toBase64url(y) },
    format: 'jwk',
  });
  const privateKey = createPrivateKey({ key: ekPrivate as JsonWebKey, format: 'jwk' });
  const z = diffieHellman({ privateKey, publicKey });
  return createHash('sha256')
    .update(counter(1))
    .update(z)
    .update(utf8('IDENTITY\0'))
    .update(x)
    .update(ekX)
    .digest();
}

/** KDFa for 256 bits at most, which is one block. */
function kdfa(key: Uint8Array, label: string, context: Uint8Array, bits: number): Buffer {
  return createHmac('sha256', key)
    .update(counter(1))
    .update(utf8(`${label}\0`))
    .update(context)
    .update(counter(bits))
    .digest()
    .subarray(0, bits / 8);
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
