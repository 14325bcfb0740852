import type { StateDiskReport } from '@asterism/contracts';

export interface EpochRecord {
  /** Opens that were reported to the server. */
  readonly epoch: number;
  /** An operator takes a disk that is as old as this. */
  readonly acceptedEpoch: number | null;
}

export type EpochDecision =
  | { readonly kind: 'open'; readonly epoch: number; readonly rollback: StateDiskReport['rollback'] }
  /** An older header, or an older copy of the disk. */
  | { readonly kind: 'rolled-back' };

/**
 * Whether a disk that shows `shown` is opened, and which epoch it carries then. Pure. A kill between the write of the header
 * and the report leaves the disk one ahead of the record; a disk that is further ahead outlived a restored record, or two
 * such kills.
 */
export function decideEpoch(shown: number, { epoch, acceptedEpoch }: EpochRecord): EpochDecision {
  if (shown < epoch) {
    return shown === acceptedEpoch
      ? { kind: 'open', epoch: epoch + 1, rollback: 'none' }
      : { kind: 'rolled-back' };
  }
  const rollback = shown === epoch ? 'none' : shown === epoch + 1 ? 'unacknowledged' : 'ahead';
  return { kind: 'open', epoch: shown + 1, rollback };
}
