import type { StateDiskReport } from '@asterism/contracts';
import type { Grant } from '../api/ticket-secrets.ts';

/** The state disk of this machine, as a boot deals with it. */
export interface BootDisk {
  readonly id: string;
  /**
   * Formats or opens it, by the ticket alone, and takes the key of a rotation beside the present one.
   * @returns what to report: which key opens it now
   * @throws StateDiskError: nothing is open, and nothing was changed on a disk that was refused
   */
  open(grant: Grant): Promise<StateDiskReport>;
  /** Whether the disk that this boot opened is open still. Its key is not needed. @param clusterId of its cluster */
  resume(clusterId: string): Promise<boolean>;
  /** Removes every keyslot but that of the reported version, once the API has recorded it. Needs no key. */
  retireOtherKeys(report: StateDiskReport): Promise<void>;
}
