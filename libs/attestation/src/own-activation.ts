import { CodedError, copyBytes, fromBase64url, toBase64url, type Bytes } from '@asterism/bytes';
import type { Activation, Evidence } from '@asterism/contracts';
import { decodePublic, ekPublicFromSpki, encodePublic, makeCredential, toTpmName } from '@asterism/tpm';
import { parseCertificate } from '@asterism/x509';

export interface OwnActivation {
  readonly credential: Activation;
  readonly expected: { readonly secret: Bytes; readonly akPublic: Bytes; readonly ekPublic: Bytes };
}

/**
 * A credential of our own for the keys that the node's last evidence shows: only the TPM with that EK, holding that AK,
 * can open it. That the EK is a genuine TPM's is for the policy to say. Null where the evidence shows no EK.
 */
export async function makeActivation(
  evidence: Evidence | { readonly variant: string; readonly parts: object },
  random: (length: number) => Uint8Array,
): Promise<OwnActivation | null> {
  if (evidence.variant !== 'tpm') return null;
  const parts = evidence.parts as { readonly akPublic: string; readonly ekCertificates?: readonly string[] };
  const [certificate] = parts.ekCertificates ?? [];
  if (certificate === undefined) return null;
  try {
    const akPublic = fromBase64url(parts.akPublic);
    const ekArea = await ekPublicFromSpki(parseCertificate(fromBase64url(certificate)).spki);
    const secret = copyBytes(random(32));
    const made = await makeCredential({
      ekPublic: ekArea,
      akName: await toTpmName(decodePublic(akPublic)),
      secret,
    });
    return {
      credential: { credentialBlob: toBase64url(made.credentialBlob), secret: toBase64url(made.secret) },
      expected: { secret, akPublic, ekPublic: encodePublic(ekArea) },
    };
  } catch (error) {
    // Evidence that shows no usable keys: the verification itself will say what is wrong with it.
    if (error instanceof CodedError) return null;
    throw error;
  }
}
