import type { Tpm } from './tpm.ts';

/** First handles of transient objects (TPM_HT_TRANSIENT) and of loaded sessions (TPM_HT_LOADED_SESSION), Part 2 §7.2. */
const FIRST_HANDLES = [0x80000000, 0x02000000];

/**
 * Flushes what a process that was killed left in a TPM without a resource manager: it has three places for transient
 * objects, so the third crash would leave none. Behind `/dev/tpmrm0` nothing of another process is listed.
 */
export function flushLeftovers(tpm: Tpm): Promise<void> {
  return tpm.exclusive(async () => {
    for (const first of FIRST_HANDLES) {
      for (const handle of await tpm.listHandles(first)) await tpm.flush({ handle });
    }
  });
}
