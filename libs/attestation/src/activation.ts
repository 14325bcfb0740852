import { equalBytes, sha256, toHex } from '@asterism/bytes';
import { decodePublic, toSpki } from '@asterism/tpm';
import { EvidenceFormatError, EvidenceNotGenuineError } from './errors.ts';
import { asFormatError } from './format.ts';
import { stageMark } from './proven.ts';
import type { ActivatedKey } from './stages.ts';

export const activatedKeys = stageMark(
  'activation-not-proved',
  'activation was neither confirmed nor recorded',
);

const MIN_SECRET = 16;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Identity of a machine by its TPM: SHA-256 of the endorsement key's SubjectPublicKeyInfo, hexadecimal.
 * @param ekPublic TPMT_PUBLIC
 * @throws EvidenceFormatError `part-malformed`
 */
export async function toMachineIdentity(ekPublic: Uint8Array): Promise<string> {
  const spki = asFormatError('ekPublic', () => toSpki(decodePublic(ekPublic)));
  return toHex(await sha256(spki));
}

export interface ActivationAnswer {
  /** The secret inside the credential that the caller made for this EK and the name of this AK; 16 bytes or more. */
  readonly expectedSecret: Uint8Array;
  readonly givenSecret: Uint8Array;
  /** TPMT_PUBLIC of both keys, as the credential was made for. */
  readonly akPublic: Uint8Array;
  readonly ekPublic: Uint8Array;
}

/**
 * Only the TPM that holds this EK, with this AK loaded, can open the credential (TPM 2.0 Part 1 §24).
 * @throws EvidenceNotGenuineError `activation-failed`
 */
export async function confirmActivation(answer: ActivationAnswer): Promise<ActivatedKey> {
  if (answer.expectedSecret.length < MIN_SECRET) {
    throw new EvidenceFormatError('part-malformed', 'expected secret is too short', {
      got: answer.expectedSecret.length,
      want: MIN_SECRET,
    });
  }
  if (!equalBytes(answer.expectedSecret, answer.givenSecret)) {
    throw new EvidenceNotGenuineError('activation-failed', 'the secret is not the one in the credential');
  }
  return activatedKeys.mark<ActivatedKey>({
    akPublicSha256: toHex(await sha256(answer.akPublic)),
    identity: await toMachineIdentity(answer.ekPublic),
  });
}

/**
 * An activation that the caller confirmed earlier and kept in its own records.
 * @throws EvidenceFormatError `part-malformed`
 */
export function activatedFromRecord(record: {
  readonly akPublicSha256: string;
  readonly identity: string;
}): ActivatedKey {
  const { akPublicSha256, identity } = record;
  if (!SHA256.test(akPublicSha256) || !SHA256.test(identity)) {
    throw new EvidenceFormatError('part-malformed', 'recorded activation is not two SHA-256 digests');
  }
  return activatedKeys.mark<ActivatedKey>({ akPublicSha256, identity });
}
