import { toHex } from '@asterism/bytes';
import {
  policyPcrDigest,
  seal,
  TpmCommandError,
  TpmFormatError,
  unseal,
  type PcrBank,
  type Tpm,
} from '@asterism/tpm';
import { KeysError } from '../errors.ts';
import type { Seal, SealedSecret } from './seal.ts';

export interface TpmSealOptions {
  /** Default `sha256`. */
  readonly bank?: PcrBank;
  /**
   * Default 7, the secure-boot state: it stays the same across updates of what boots, and differs where the machine is
   * booted by someone else's keys.
   */
  readonly pcrs?: readonly number[];
  /** What PCRs will hold after a planned update; those left out keep the value they have now. */
  readonly values?: ReadonlyMap<number, Uint8Array>;
}

/** What TPM2_Load and TPM2_Unseal answer by response code says whose fault it is; the rest is the way to the TPM. */
const WRONG: ReadonlySet<string> = new Set(['policy-failed', 'command-failed']);

/**
 * A seal that opens on this TPM only, while the PCRs have the values that it was made for. The options are of what it
 * seals; a sealed secret carries its own selection, so that any such seal opens any of its TPM's.
 */
export function tpmSeal(tpm: Tpm, options: TpmSealOptions = {}): Seal {
  return {
    kind: 'tpm',
    seal: (secret) => sealSecret(tpm, secret, options).catch(failSealing),
    unseal: (sealed) => unseal(tpm, sealed).catch(failUnsealing),
  };
}

async function sealSecret(
  tpm: Tpm,
  secret: Uint8Array,
  { bank = 'sha256', pcrs = [7], values = new Map() }: TpmSealOptions,
): Promise<SealedSecret> {
  const selection = { bank, pcrs: [...new Set(pcrs)].sort((a, b) => a - b) };
  const pcrDigest = await policyPcrDigest(tpm, selection, values);
  const sealed = await seal(tpm, secret, selection, pcrDigest);
  return { sealed, description: { kind: 'tpm', ...selection, pcrDigest: toHex(pcrDigest) } };
}

function failSealing(cause: unknown): never {
  if (cause instanceof TpmFormatError) {
    throw new KeysError('seal-options-invalid', `the TPM cannot seal so: ${cause.message}`, { cause });
  }
  throw new KeysError('seal-unavailable', 'the TPM does not answer', { cause });
}

function failUnsealing(cause: unknown): never {
  if (cause instanceof TpmFormatError) {
    throw new KeysError('seal-malformed', 'not sealed by a TPM', { cause });
  }
  if (cause instanceof TpmCommandError && WRONG.has(cause.code)) {
    const message =
      cause.code === 'policy-failed'
        ? 'PCRs have other values than it was sealed to'
        : 'sealed by another TPM, or altered';
    throw new KeysError('seal-wrong', message, { cause });
  }
  throw new KeysError('seal-unavailable', 'the TPM does not answer', { cause });
}
