/** A state-disk key (32 bytes) and its version. */
export interface StateDiskKey {
  readonly key: Uint8Array;
  readonly version: number;
}

/** What the server's record says about the disk: `stateDisk` of the ticket, with keys as bytes. */
export interface StateDiskOrder extends StateDiskKey {
  readonly id: string;
  /** `constellation`: the disk was made by Edgeless Constellation; its first open adds our token. */
  readonly scheme: 'asterism' | 'constellation';
  /** Of keyslots that are added. */
  readonly kdf: 'pbkdf2' | 'argon2id';
  /** True only until the server has recorded an open. This alone decides between format and open. */
  readonly format: boolean;
  /** Of the last open that the server has recorded. */
  readonly epoch: number;
  /** An older epoch that an operator accepts. */
  readonly acceptedEpoch: number | null;
  /** A rotation is wanted: this key is added, and opens alone after `commit`. */
  readonly next: StateDiskKey | null;
}

export type FileSystem = 'ext4' | 'xfs';

/**
 * What to do with a disk whose header is accepted.
 * - `mapped`: device mapper opens it as /dev/mapper/`name`, with dm-integrity; needs root. `mountPoint` null: not mounted.
 * - `header-only`: for machines without device mapper. `device` is a plain file (16 MiB of header, the rest unused); its
 *   LUKS2 header, keyslots and token are real, but nothing is mapped or mounted and there is no integrity. Needs no root.
 */
export type StateDiskActivation =
  | {
      readonly mode: 'mapped';
      /** Letters, digits, `.`, `_`, `-`. */
      readonly name: string;
      readonly fileSystem: FileSystem;
      readonly mountPoint: string | null;
    }
  | { readonly mode: 'header-only' };

export interface OpenStateDiskOptions {
  /** The cluster's id, as the ticket has it. */
  readonly cluster: string;
  /** Block device; in mode `header-only` a file. */
  readonly device: string;
  readonly disk: StateDiskOrder;
  readonly activation: StateDiskActivation;
  /** Where the copy of the header lies while it is used; must be a tmpfs. /dev/shm unless given. */
  readonly memoryDirectory?: string;
}

/**
 * How the epoch of the header stands to the server's.
 * `unacknowledged`: one open before this one was never recorded. `ahead`: the disk is newer than the record, because the
 * server was restored from a backup or more than one open was never recorded.
 */
export type Rollback = 'none' | 'unacknowledged' | 'ahead';

export interface OpenedStateDisk {
  readonly outcome: 'formatted' | 'opened';
  /** False in mode `header-only`: no mapping and no mount. */
  readonly activated: boolean;
  /** The mapping, e.g. /dev/mapper/state; null in mode `header-only`. */
  readonly mapping: string | null;
  readonly mountPoint: string | null;
  /** LUKS2 UUID. */
  readonly uuid: string;
  /** Version of the key that opens the disk now: of `next` where one was given. To be reported. */
  readonly version: number;
  /** Epoch that the header carries now. To be reported. */
  readonly epoch: number;
  readonly rollback: Rollback;
  /** Time spent, in milliseconds: all of it, and what of it was spent waiting for cryptsetup. */
  readonly timing: { readonly total: number; readonly cryptsetup: number };
  /**
   * Removes every keyslot but that of `version`. Call it when the server has recorded `version` and `epoch`. Does nothing
   * where there is none to remove; after a crash the next open's `commit` does it.
   */
  commit(): Promise<void>;
  /** Unmounts and removes the mapping. Does nothing in mode `header-only`. */
  close(): Promise<void>;
}
