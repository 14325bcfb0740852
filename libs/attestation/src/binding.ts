import { canonicalJsonBytes, frame, sha256, utf8, type Bytes, type Json } from '@asterism/bytes';
import { EvidenceFormatError } from './errors.ts';

const VERIFY_LABEL = 'asterism/verify/v1';

/**
 * What evidence for a verification request carries, protocol §4, 32 bytes:
 * H(frame("asterism/verify/v1", clusterId, nodeId, nonce, H(claims))). Its label keeps it useless for joining, and
 * evidence for joining useless here, whatever nonce the caller picks (S08).
 * @param clusterId 32 bytes: the cluster's measured identity
 * @param nodeId UUID, as text
 * @param nonce 32 bytes, the caller's
 * @param claims hashed as canonical JSON (RFC 8785)
 */
export async function verificationBinding(
  clusterId: Uint8Array,
  nodeId: string,
  nonce: Uint8Array,
  claims: Json,
): Promise<Bytes> {
  for (const [name, bytes] of [
    ['clusterId', clusterId],
    ['nonce', nonce],
  ] as const) {
    if (bytes.length !== 32) {
      throw new EvidenceFormatError('binding-malformed', `${name} is not 32 bytes`, {
        got: bytes.length,
        want: 32,
      });
    }
  }
  const hash = await sha256(canonicalJsonBytes(claims));
  return sha256(frame(VERIFY_LABEL, clusterId, utf8(nodeId), nonce, hash));
}
