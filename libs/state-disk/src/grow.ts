import type { StateDiskPlace } from './state-disk-types.ts';
export async function growOpenDisk(
  _place: StateDiskPlace,
  _mapped: string,
  _mountPoint: string,
): Promise<void> {}
