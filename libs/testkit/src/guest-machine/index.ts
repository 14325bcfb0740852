export { DiskImage } from './disk-image.ts';
export { serveGuest, type GuestHandlers } from './serve.ts';
export { GuestError, startGuest, type GuestMachine, type GuestOptions } from './start-guest.ts';
export { StateDiskGuest } from './state-disk-guest.ts';
