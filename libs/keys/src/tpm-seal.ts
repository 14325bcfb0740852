import { seal, TpmCommandError, TpmFormatError, unseal, type QuoteSelection, type Tpm } from '@asterism/tpm';
import { KeysError } from './errors.ts';
import type { Seal } from './seal.ts';

/**
 * PCR 7 in bank SHA-256: the secure-boot state. It stays the same across updates of what boots, and differs where the
 * machine is booted by someone else's keys.
 */
const SELECTION: QuoteSelection = { bank: 'sha256', pcrs: [7] };

/** What TPM2_Load and TPM2_Unseal answer by response code says whose fault it is; the rest is the way to the TPM. */
const WRONG: ReadonlySet<string> = new Set(['policy-failed', 'command-failed']);

/** A seal that opens on this TPM only, while PCR 7 has the value it had at sealing. */
export function tpmSeal(tpm: Tpm): Seal {
  return {
    kind: 'tpm',
    seal: (secret) => seal(tpm, secret, SELECTION).catch(fail),
    unseal: (sealed) => unseal(tpm, sealed).catch(fail),
  };
}

function fail(cause: unknown): never {
  if (cause instanceof TpmFormatError) {
    throw new KeysError('seal-malformed', 'what was sealed was not sealed by a TPM', { cause });
  }
  if (cause instanceof TpmCommandError && WRONG.has(cause.code)) {
    const message =
      cause.code === 'policy-failed'
        ? 'PCR 7 is another than at sealing'
        : 'sealed by another TPM, or altered';
    throw new KeysError('seal-wrong', message, { cause });
  }
  throw new KeysError('seal-unavailable', 'the TPM does not answer', { cause });
}
