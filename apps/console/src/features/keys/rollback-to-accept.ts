import type { StateDisk } from '@asterism/contracts';

/** The epoch of an older copy that an operator can still decide on; null where there is nothing to decide. */
export function rollbackToAccept({
  fault,
  acceptedEpoch,
}: Pick<StateDisk, 'fault' | 'acceptedEpoch'>): number | null {
  if (fault?.code !== 'state-disk-rolled-back' || fault.epoch === acceptedEpoch) return null;
  return fault.epoch;
}
