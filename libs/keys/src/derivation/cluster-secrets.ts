import { copyBytes } from '@asterism/bytes';
import type { RandomSource } from '../seal/wrap.ts';

/** What a new cluster needs: 32 random bytes each. Salts are stored in the clear, the root only wrapped. */
export interface ClusterSecrets {
  readonly root: Uint8Array;
  readonly salt: Uint8Array;
  readonly measurementSalt: Uint8Array;
}

export function generateClusterSecrets(random: RandomSource): ClusterSecrets {
  return {
    root: copyBytes(random(32)),
    salt: copyBytes(random(32)),
    measurementSalt: copyBytes(random(32)),
  };
}
