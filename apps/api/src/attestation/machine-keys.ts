import {
  activatedFromRecord,
  confirmActivation,
  toMachineIdentity,
  type ActivatedKey,
} from '@asterism/attestation';
import { BytesError, fromBase64url, sha256, toBase64url, toHex } from '@asterism/bytes';
import type { Activation, ChallengeRequest } from '@asterism/contracts';
import { decodePublic, makeCredential, TpmFormatError, TpmNotGenuineError, toTpmName } from '@asterism/tpm';
import { ProblemError } from '../http/problem-error.ts';
import { toProblem } from './appraise-evidence.ts';
import type { Claimant, TpmKeys } from './connection-states.ts';

/** Who a machine says it is, read but not proved. @throws ProblemError `evidence-invalid` */
export async function readIdentity(
  identity: ChallengeRequest['identity'],
): Promise<Pick<Claimant, 'identity' | 'keys'>> {
  if (identity.variant !== 'tpm') return { identity: identity.identity, keys: null };
  try {
    const ekPublic = fromBase64url(identity.ekPublic);
    const akPublic = fromBase64url(identity.akPublic);
    return {
      identity: await toMachineIdentity(ekPublic),
      keys: { ekPublic, akPublic, akPublicSha256: toHex(await sha256(akPublic)) },
    };
  } catch (cause) {
    throw toKeyProblem(cause);
  }
}

/**
 * A credential that only the TPM with this EK can open, and only while it holds this AK.
 * @returns it with the hash of its secret: the secret itself is in no record of ours
 */
export async function makeActivation(
  { ekPublic, akPublic }: TpmKeys,
  secret: Uint8Array,
): Promise<{ readonly activation: Activation; readonly hash: Uint8Array }> {
  try {
    const credential = await makeCredential({
      ekPublic: decodePublic(ekPublic),
      akName: await toTpmName(decodePublic(akPublic)),
      secret,
    });
    const activation: Activation = {
      credentialBlob: toBase64url(credential.credentialBlob),
      secret: toBase64url(credential.secret),
    };
    return { activation, hash: await sha256(secret) };
  } catch (cause) {
    throw toKeyProblem(cause);
  }
}

function toKeyProblem(cause: unknown): unknown {
  if (cause instanceof TpmFormatError || cause instanceof TpmNotGenuineError || cause instanceof BytesError) {
    return new ProblemError('evidence-invalid', `the keys are not a TPM's: ${cause.message}`, { cause });
  }
  return toProblem(cause);
}

/**
 * The EK is proved by the credential that went out with this nonce, or by one that it answered before. Null for machines
 * without one.
 */
export async function toActivated(
  { identity, keys }: Claimant,
  expectedHash: Uint8Array | null,
  given: string | undefined,
): Promise<ActivatedKey | null> {
  if (keys === null) return null;
  const { akPublicSha256, akPublic, ekPublic } = keys;
  if (expectedHash === null) return activatedFromRecord({ identity, akPublicSha256 });
  if (given === undefined) {
    throw new ProblemError(
      'activation-required',
      'answer the credential of the challenge: `activationSecret`',
    );
  }
  try {
    // Both sides are hashes: the secret itself is in no record of ours.
    const givenSecret = await sha256(fromBase64url(given));
    return await confirmActivation({ expectedSecret: expectedHash, givenSecret, akPublic, ekPublic });
  } catch (cause) {
    if (cause instanceof BytesError) {
      throw new ProblemError('activation-failed', 'the activation secret is not base64url', { cause });
    }
    throw toProblem(cause);
  }
}
