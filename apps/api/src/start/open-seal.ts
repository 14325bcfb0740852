import { keyFileSeal, tpmSeal, type RandomSource, type Seal } from '@asterism/keys';
import type { Tpm } from '@asterism/tpm';
import type { Configuration } from '../configuration.ts';
import type { Logger } from '../platform/logger.ts';

/** @throws KeysError `key-file-*` */
export async function openSeal(
  { seal }: Configuration,
  tpm: Tpm | undefined,
  logger: Logger,
  random: RandomSource,
): Promise<Seal> {
  if (seal.kind === 'key-file') {
    logger.warn(
      { path: seal.path },
      'THE KEYS ARE SEALED BY A FILE: whoever reads it and the database reads every cluster root. Use a TPM.',
    );
    return keyFileSeal({ path: seal.path, allowed: true, random });
  }
  if (seal.kind !== 'tpm' || tpm === undefined) throw new Error('the configuration was not checked');
  return tpmSeal(tpm, { pcrs: seal.pcrs });
}
