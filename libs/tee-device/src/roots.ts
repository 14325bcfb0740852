/** Where the kernel's file systems are; parameters, so that a recorded tree can stand for a machine. */
export interface DeviceRoots {
  readonly sysfs: string;
  readonly configfs: string;
  readonly dev: string;
  readonly proc: string;
}

export const SYSTEM_ROOTS: DeviceRoots = Object.freeze({
  sysfs: '/sys',
  configfs: '/sys/kernel/config',
  dev: '/dev',
  proc: '/proc',
});
