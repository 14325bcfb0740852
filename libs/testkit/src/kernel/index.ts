export { canMount, FuseMount } from './fuse-mount.ts';
export { MeasurementRegisters } from './measurement-registers.ts';
export { directory, KernelError, textFile } from './synthetic.ts';
export { TsmReports, type TsmBlobs, type TsmProvider, type TsmRequestState } from './tsm-reports.ts';
