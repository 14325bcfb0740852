export { StateDiskError, type StateDiskErrorCode } from './errors.ts';
export type {
  FileSystem,
  OpenedStateDisk,
  OpenStateDiskOptions,
  Rollback,
  StateDiskActivation,
  StateDiskKey,
  StateDiskOrder,
} from './state-disk.ts';
// To come, so that others can plan on it:
//   openStateDisk(options: OpenStateDiskOptions): Promise<OpenedStateDisk>
//   isStateDiskOpen({ name, device }): Promise<boolean>        no key needed; for a restarted agent
//   watchStateDisk({ name, onErrors: (errors: number) => void, signal }): Promise<void>   integrity errors since it began
