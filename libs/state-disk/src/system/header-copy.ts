import { mkdtemp, open, rm, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StateDiskError } from '../errors.ts';
import { COPY_BYTES, COPIES } from '../luks2/binary-header.ts';
import { COPIES_BYTES, parseHeader, renderHeader, type Luks2Header } from '../luks2/header.ts';
import { HEADER_BYTES, type Protection } from '../luks2/metadata.ts';
import { readExactly, writeExactly } from './device.ts';

const SECTOR_BYTES = 512;
/** statfs(2): tmpfs and ramfs. */
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6]);

type Area = readonly [offset: number, size: number];

function areasOf({ metadata }: Luks2Header): ReadonlyMap<string, Area> {
  return new Map(
    Object.entries(metadata.keyslots).map(([slot, { area, kdf }]) => [
      `${slot} ${area.offset} ${kdf.salt}`,
      [Number(area.offset), Number(area.size)],
    ]),
  );
}

/**
 * The header of a device in a file in memory. The device is read once: what was checked is what cryptsetup gets, whatever
 * the host does to the device meanwhile.
 */
export class HeaderCopy implements AsyncDisposable {
  readonly file: string;
  readonly #directory: string;
  readonly #device: FileHandle;
  readonly #protection: Protection;
  #onDevice: Luks2Header | null;

  private constructor(
    directory: string,
    device: FileHandle,
    protection: Protection,
    header: Luks2Header | null,
  ) {
    this.#directory = directory;
    this.file = join(directory, 'header');
    this.#device = device;
    this.#protection = protection;
    this.#onDevice = header;
  }

  /** An empty file, for a header that is to be made. @throws StateDiskError `not-tmpfs` */
  static async create(memory: string, device: FileHandle, protection: Protection): Promise<HeaderCopy> {
    return new HeaderCopy(await memoryDirectory(memory), device, protection, null);
  }

  /** @throws StateDiskError `not-tmpfs` | `state-disk-header-invalid` | `state-disk-header-refused` */
  static async read(memory: string, device: FileHandle, protection: Protection): Promise<HeaderCopy> {
    const header = parseHeader(await readExactly(device, 0, COPIES_BYTES), protection);
    const copy = new HeaderCopy(await memoryDirectory(memory), device, protection, header);
    await using file = await open(copy.file, 'wx', 0o600);
    await file.truncate(HEADER_BYTES);
    await writeExactly(file, 0, renderHeader(header));
    for (const [offset, size] of areasOf(header).values()) {
      await writeExactly(file, offset, await readExactly(device, offset, size));
    }
    return copy;
  }

  /** What the file says now, after cryptsetup has changed it. */
  async header(): Promise<Luks2Header> {
    await using file = await open(this.file, 'r');
    return parseHeader(await readExactly(file, 0, COPIES_BYTES), this.#protection);
  }

  /**
   * Brings the device to what the file says, so that a crash leaves the one or the other: first areas of keyslots that the
   * old header does not use, then one copy of the header, then the other, then areas of keyslots that are gone.
   */
  async sync(): Promise<void> {
    await using file = await open(this.file, 'r');
    const bytes = await readExactly(file, 0, COPIES_BYTES);
    const header = parseHeader(bytes, this.#protection);
    const before = this.#onDevice === null ? new Map<string, Area>() : areasOf(this.#onDevice);
    const now = areasOf(header);
    const write = async (offset: number, part: Uint8Array): Promise<void> => {
      await writeExactly(this.#device, offset, part);
      await this.#device.sync();
    };
    const transfer = async (
      areas: ReadonlyMap<string, Area>,
      except: ReadonlyMap<string, Area>,
    ): Promise<void> => {
      for (const [name, [offset, size]] of areas) {
        if (!except.has(name)) await write(offset, await readExactly(file, offset, size));
      }
    };
    await transfer(now, before);
    await write(COPIES.secondary.offset, bytes.subarray(COPY_BYTES));
    // All but the first sector: a disk is one of ours from the moment on that this sector is there.
    await write(SECTOR_BYTES, bytes.subarray(SECTOR_BYTES, COPY_BYTES));
    await write(0, bytes.subarray(0, SECTOR_BYTES));
    await transfer(before, now);
    this.#onDevice = header;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Private, in memory. */
async function memoryDirectory(parent: string): Promise<string> {
  const { type } = await statfs(parent).catch((cause: unknown) => {
    throw new StateDiskError('not-tmpfs', `no file system in memory at ${parent}`, { cause });
  });
  if (!MEMORY_FILE_SYSTEMS.has(Number(type))) {
    throw new StateDiskError('not-tmpfs', `${parent} is not in memory`, {
      got: `0x${type.toString(16)}`,
      want: 'tmpfs',
    });
  }
  return mkdtemp(join(parent, 'asterism-header-'));
}
