import { open, type FileHandle } from 'node:fs/promises';
import type { TpmTransport } from '@asterism/tpm';
import { openFailed, TpmDeviceError } from './errors.ts';

/** TPM_BUFSIZE of the kernel's driver. */
const MAX_RESPONSE = 4096;

class DeviceFile implements TpmTransport {
  readonly #file: FileHandle;
  readonly #path: string;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** One write is one command, one read its whole response (drivers/char/tpm/tpm-dev-common.c). */
  async transceive(command: Uint8Array): Promise<Uint8Array> {
    try {
      const { bytesWritten } = await this.#file.write(command, 0, command.length, null);
      if (bytesWritten !== command.length) {
        throw new TpmDeviceError('connection-lost', 'command was not taken whole', {
          got: bytesWritten,
          want: command.length,
        });
      }
      const buffer = new Uint8Array(MAX_RESPONSE);
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, null);
      return buffer.slice(0, bytesRead);
    } catch (cause) {
      if (cause instanceof TpmDeviceError) throw cause;
      throw new TpmDeviceError('connection-lost', `TPM at ${this.#path} failed`, { cause });
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * A character device of the kernel. Use the resource manager (`/dev/tpmrm0`): it keeps one process's objects from
 * another's and flushes them on close.
 * @throws TpmDeviceError `unreachable` | `access-denied`
 */
export async function openTpmDevice(path: string): Promise<TpmTransport> {
  try {
    return new DeviceFile(await open(path, 'r+'), path);
  } catch (cause) {
    throw openFailed(path, cause);
  }
}
