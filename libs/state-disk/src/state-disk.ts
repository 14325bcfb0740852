import type { OpenedStateDisk, StateDiskGrant, StateDiskPlace } from './state-disk-types.ts';

/** The state disk of a machine. One operation at a time. */
export class StateDisk {
  readonly place: StateDiskPlace;

  constructor(place: StateDiskPlace) {
    this.place = place;
  }

  /**
   * Formats or opens, by the grant alone, and takes the key of a rotation beside the present one. The caller wipes the keys.
   * @throws StateDiskError nothing is open then
   */
  open(_grant: StateDiskGrant, _signal?: AbortSignal): Promise<OpenedStateDisk> {
    return Promise.reject(new Error('being written'));
  }

  /** Whether it is open (mapped, and mounted where it is to be). Needs no key. */
  isOpen(): Promise<boolean> {
    return Promise.reject(new Error('being written'));
  }

  /** Once the server has recorded `version`: removes every keyslot and token but that version's. Needs no key. */
  retireOtherKeys(_version: number): Promise<void> {
    return Promise.reject(new Error('being written'));
  }

  /** Unmounts and unmaps. */
  close(): Promise<void> {
    return Promise.reject(new Error('being written'));
  }
}
