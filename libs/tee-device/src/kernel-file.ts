import type { Bytes } from '@asterism/bytes';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileFailed, TeeDeviceError } from './errors.ts';

const CHUNK = 65_536;

/**
 * A file of sysfs or configfs to its end. Their sizes say nothing (a page, or zero), so it reads until nothing comes.
 * @throws TeeDeviceError also `too-large` for more than `max` bytes
 */
export async function readKernelFile(path: string, max: number): Promise<Bytes> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      const bytes = new Uint8Array(max + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, Math.min(CHUNK, bytes.length - length), null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > max) throw new TeeDeviceError('too-large', `${path} is over its bound`, { want: max });
      return bytes.slice(0, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileFailed('read', path, cause);
  }
}

/** The text of an attribute without the line's end. */
export async function readKernelText(path: string, max = 4096): Promise<string> {
  return new TextDecoder().decode(await readKernelFile(path, max)).trimEnd();
}

/** Null where there is no such file. */
export async function readKernelFileIfThere(path: string, max: number): Promise<Bytes | null> {
  return readKernelFile(path, max).catch((error: unknown) => {
    if (error instanceof TeeDeviceError && error.code === 'unavailable') return null;
    throw error;
  });
}

/**
 * In one write, neither created nor truncated: attributes are write-only, and each write of theirs is an act.
 * @throws TeeDeviceError
 */
export async function writeKernelFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, null);
      if (bytesWritten !== bytes.length) {
        throw new TeeDeviceError('device-failed', `${path} was not taken whole`, {
          got: bytesWritten,
          want: bytes.length,
        });
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileFailed('write', path, cause);
  }
}
