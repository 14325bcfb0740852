export { StateDiskError, type StateDiskErrorCode } from './errors.ts';
export type { OpenedStateDisk, StateDiskGrant, StateDiskKey, StateDiskPlace } from './state-disk-types.ts';
export { StateDisk } from './state-disk.ts';
export { watchStateDisk, type StateDiskErrors, type StateDiskWatch } from './watch-state-disk.ts';
