import { join } from 'node:path';
import type { StateDiskGrant, StateDiskKey, StateDiskPlace } from '../state-disk-types.ts';

export const KEY = new Uint8Array(32).fill(0xa1);
export const NEXT: StateDiskKey = { key: new Uint8Array(32).fill(0xa2), version: 2 };
/** Of a disk that the server has not seen open. */
export const GRANT: StateDiskGrant = {
  ...{ key: KEY, version: 1, scheme: 'asterism', kdf: 'pbkdf2', format: true },
  ...{ epoch: 0, acceptedEpoch: null, next: null },
};
/** Of one that it has, once. */
export const KNOWN: StateDiskGrant = { ...GRANT, format: false, epoch: 1 };

/** A file that stands for a disk. */
export function placeIn(folder: string): StateDiskPlace {
  return {
    ...{ cluster: 'cluster-1', disk: 'disk-1', device: join(folder, 'disk'), mapping: 'asterism-test' },
    ...{ activation: 'header-only', filesystem: 'ext4', mountPoint: null, discard: false },
  };
}
