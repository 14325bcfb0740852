import { tpmSeal } from '@asterism/keys';
import type { Tpm } from '@asterism/tpm';
import type { KeySeal } from '../access/access-cache.ts';
import type { Turns } from '../turns.ts';

/**
 * What booted: boot loader, secure boot, command line, kernel and initrd. Not 11, which systemd extends while it starts, and
 * not 15, which the lock does.
 */
const BOOT_PCRS = [4, 7, 8, 9];

/** Keeps a key for this machine, booted as it is now. */
export function bootSeal(tpm: Tpm, turns: Turns): KeySeal {
  const seal = tpmSeal(tpm, { bank: 'sha256', pcrs: BOOT_PCRS });
  return {
    seal: (secret) => turns.take(async () => (await seal.seal(secret)).sealed),
    unseal: (sealed) => turns.take(() => seal.unseal(sealed)),
  };
}
