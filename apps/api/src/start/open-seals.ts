import type { KekProvider, RandomSource } from '@asterism/keys';
import type { Configuration } from '../configuration.ts';
import type { Logger } from '../platform/logger.ts';
import type { OwnTpm } from '../platform/own-tpm.ts';
import { createSeals, type Seals } from '../seal/seals.ts';
import { StartError } from './start-error.ts';

/** @throws StartError `seal-provider-unknown` */
export function openSeals(
  { seal }: Configuration,
  parts: { readonly tpm: OwnTpm | undefined; readonly providers: ReadonlyMap<string, KekProvider> },
  logger: Logger,
  random: RandomSource,
): Seals {
  if (seal.kind === 'key-file') {
    logger.warn(
      { path: seal.path },
      'THE KEYS ARE SEALED BY A FILE: whoever reads it and the database reads every cluster root. Use a TPM.',
    );
  }
  if (seal.kind === 'kek' && !parts.providers.has(seal.provider)) {
    throw new StartError(
      'seal-provider-unknown',
      `ASTERISM_SEAL: the file of ASTERISM_KEK_CONFIG has no provider ${seal.provider}`,
    );
  }
  return createSeals(seal, { ...parts, random });
}
