import { canonicalJsonBytes, frame, sha256, type Bytes, type Json } from '@asterism/bytes';
import { AttestedTlsError } from './errors.ts';

const BINDING_LABEL = 'asterism/attested-tls/v1';
const IDENTITY_LABEL = 'asterism/api-identity/v1';

/** Who made the evidence: the side of the TLS connection. */
export type Role = 'client' | 'server';

export interface BindingParts {
  /** 32 bytes of the TLS exporter. */
  readonly exporter: Uint8Array;
  /** The peer's nonce, 32 bytes. */
  readonly nonce: Uint8Array;
  /** The sender's TLS public key, SubjectPublicKeyInfo DER. */
  readonly spki: Uint8Array;
  /** What the sender states about itself; hashed as canonical JSON (RFC 8785). */
  readonly claims: Json;
}

/**
 * `binding(role, nonce, spki, claims)` of protocol §1.3, 32 bytes:
 * H(frame("asterism/attested-tls/v1", role, exporter, nonce, H(spki), H(claims))).
 * @throws AttestedTlsError `binding-invalid` unless exporter and nonce are 32 bytes and there is a key.
 * @throws BytesError `not-canonical` on claims outside JSON.
 */
export async function attestationBinding(role: Role, parts: BindingParts): Promise<Bytes> {
  for (const [name, bytes] of [
    ['exporter', parts.exporter],
    ['nonce', parts.nonce],
  ] as const) {
    if (bytes.length !== 32) {
      throw new AttestedTlsError('binding-invalid', `${name} is not 32 bytes`, {
        got: bytes.length,
        want: 32,
      });
    }
  }
  if (parts.spki.length === 0) throw new AttestedTlsError('binding-invalid', 'TLS public key is empty');
  const [spki, claims] = await Promise.all([sha256(parts.spki), sha256(canonicalJsonBytes(parts.claims))]);
  return sha256(frame(BINDING_LABEL, role, parts.exporter, parts.nonce, spki, claims));
}

/** What the API's long-term identity key signs: a label of its own over the binding of role `server`. */
export function identityStatement(binding: Uint8Array): Bytes {
  return frame(IDENTITY_LABEL, binding);
}
