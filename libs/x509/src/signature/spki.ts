import { sha256, toHex } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';

/** SHA-256 of SubjectPublicKeyInfo as lower-case hexadecimal: how anchors are pinned. */
export async function spkiSha256(source: Certificate | Uint8Array): Promise<string> {
  return toHex(await sha256(source instanceof Uint8Array ? source : source.spki));
}
