import type { StateDiskKdf, StateDiskReport } from '@asterism/contracts';

/** Where a state disk is on this machine, and what becomes of it here. */
export interface StateDiskPlace {
  readonly cluster: string;
  /** Id of the disk. */
  readonly disk: string;
  /** Block device, or with `header-only` a file. */
  readonly device: string;
  /** Name under /dev/mapper. */
  readonly mapping: string;
  /** `header-only`: the kernel has no device mapper. Header, keyslots and token are real; nothing is mapped. */
  readonly activation: 'device-mapper' | 'header-only';
  readonly filesystem: 'ext4' | 'xfs';
  readonly mountPoint: string | null;
  /** Needs `integrity: false`: dm-integrity cannot discard, and cryptsetup refuses it. */
  readonly discard: boolean;
  /** HMAC-SHA256 of every sector. A disk is never opened with less than this asks for. Always off with `header-only`. */
  readonly integrity?: boolean;
}

/** A key of the disk; 32 bytes, the caller's to wipe. */
export interface StateDiskKey {
  readonly key: Uint8Array;
  readonly version: number;
}

/** The server's word on the disk, from a ticket. It alone decides. */
export interface StateDiskGrant extends StateDiskKey {
  readonly scheme: 'asterism' | 'constellation';
  readonly kdf: StateDiskKdf;
  /** True only until the node has reported this disk open. */
  readonly format: boolean;
  readonly epoch: number;
  readonly acceptedEpoch: number | null;
  /** A rotation is wanted. */
  readonly next: StateDiskKey | null;
}

export interface OpenedStateDisk {
  /** For the server, before `retireOtherKeys`. */
  readonly report: StateDiskReport;
  readonly formatted: boolean;
  /** /dev/mapper/…; null with `header-only`. */
  readonly mapped: string | null;
}

/** The keys of a grant, the present one first. */
export function keysOf({ key, version, next }: StateDiskGrant): readonly StateDiskKey[] {
  return next === null ? [{ key, version }] : [{ key, version }, next];
}

/** Whether data is under HMACs. Without device mapper there is no data. */
export function isIntegrityWanted({ activation, integrity }: StateDiskPlace): boolean {
  return activation === 'device-mapper' && integrity !== false;
}
