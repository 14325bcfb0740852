import { fromHex, toBase64 } from '@asterism/bytes';
import type { CreateClusterKeys } from '@asterism/api-client';
import { parseConstellationMasterSecret } from '@asterism/keys';
import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';

export interface KeySource {
  readonly keyProvider?: string;
  readonly constellationMasterSecret?: string;
  /** Hexadecimal, as the state file has it. */
  readonly measurementSalt?: string;
  readonly constellationVolume?: readonly string[];
}

/**
 * Where a new cluster's keys come from.
 * @throws UsageError; KeysError `master-secret-invalid` for a file that is none
 */
export async function toClusterKeys(source: KeySource): Promise<CreateClusterKeys> {
  const { keyProvider, constellationMasterSecret: file, measurementSalt, constellationVolume } = source;
  if (file === undefined) {
    if (measurementSalt !== undefined || constellationVolume !== undefined) {
      throw new UsageError('usage', 'what is taken over, without its secret?', {
        want: '--constellation-master-secret',
      });
    }
    return keyProvider === undefined ? { mode: 'managed' } : { mode: 'external', provider: keyProvider };
  }
  if (measurementSalt === undefined) {
    throw new UsageError('usage', 'the identity of the cluster is derived with its measurement salt', {
      want: '--measurement-salt',
    });
  }
  const { masterSecret, salt } = parseConstellationMasterSecret(await readText(file, 'master secret'));
  const constellation = {
    masterSecret: toBase64(masterSecret),
    salt: toBase64(salt),
    measurementSalt: toBase64(fromHex(measurementSalt)),
    ...(constellationVolume === undefined ? {} : { volumes: [...constellationVolume] }),
  };
  return { mode: 'managed', constellation };
}
