import { toBase64url } from '@asterism/bytes';
import type { Activation } from '@asterism/contracts';
import { decodePublic, makeCredential, toTpmName } from '@asterism/tpm';

/** A credential for this machine, as an API or a verifying user makes one. */
export async function credentialFor(
  ekPublic: Uint8Array,
  akPublic: Uint8Array,
  secret: Uint8Array,
): Promise<Activation> {
  const akName = await toTpmName(decodePublic(akPublic));
  const made = await makeCredential({ ekPublic: decodePublic(ekPublic), akName, secret });
  return { credentialBlob: toBase64url(made.credentialBlob), secret: toBase64url(made.secret) };
}
