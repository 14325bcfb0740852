import path from 'node:path';
import { TpmDeviceError } from './errors.ts';

/** sun_path of sockaddr_un less its terminating zero, unix(7). */
const MAX_SOCKET_PATH = 107;

/** @throws TpmDeviceError `path-too-long`, because the system would cut the path or fail without saying why. */
export function socketPath(...parts: readonly string[]): string {
  const joined = path.resolve(...parts);
  const length = Buffer.byteLength(joined);
  if (length > MAX_SOCKET_PATH) {
    throw new TpmDeviceError('path-too-long', `path of a Unix socket is too long: ${joined}`, {
      got: length,
      want: MAX_SOCKET_PATH,
    });
  }
  return joined;
}
