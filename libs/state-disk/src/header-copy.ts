import type { Device } from './device.ts';
import { StateDiskError } from './errors.ts';
import { HeaderFile } from './header-file.ts';
import { HEADER_SIZE } from './luks2/binary-header.ts';
import { COPIES_SIZE, encodeHeader, readHeader, type Header } from './luks2/header.ts';
import { dataOffset, type Token, type Whitelist } from './luks2/metadata.ts';

/** The header of a device in memory: read once, checked, changed here, and brought back in one step. */
export class HeaderCopy {
  readonly #file: HeaderFile;
  readonly #whitelist: Whitelist;
  readonly #random: (length: number) => Uint8Array;
  #header: Header;
  /** Of keyslots on the device, by offset. Only these are read and written: areas that no keyslot uses are most of a header. */
  #areas: Areas;

  private constructor(file: HeaderFile, header: Header, areas: Areas, options: HeaderCopyOptions) {
    [this.#file, this.#header, this.#areas] = [file, header, areas];
    [this.#whitelist, this.#random] = [options.whitelist, options.random];
  }

  /** Takes the keyslots of a header that was read and checked; the header itself is written from what was checked. */
  static async ofDevice(device: Device, header: Header, options: HeaderCopyOptions): Promise<HeaderCopy> {
    const areas = await readAreas(header, device);
    const file = await HeaderFile.create(dataOffset(header.metadata));
    const copy = new HeaderCopy(file, header, areas, options);
    for (const [offset, area] of areas) await file.write(offset, area);
    await file.write(0, await encodeHeader(header, options.random));
    return copy;
  }

  /** Of a header that cryptsetup has just made in the file. The device's areas are not known, so its own are written. */
  static async ofFile(file: HeaderFile, options: HeaderCopyOptions): Promise<HeaderCopy> {
    return new HeaderCopy(file, await headerIn(file, options.whitelist), new Map(), options);
  }

  get path(): string {
    return this.#file.path;
  }

  get header(): Header {
    return this.#header;
  }

  /** Reads again what cryptsetup has changed. */
  async reload(): Promise<void> {
    this.#header = await headerIn(this.#file, this.#whitelist);
  }

  async setTokens(tokens: Readonly<Record<string, Token>>): Promise<void> {
    const { uuid, sequence, metadata } = this.#header;
    this.#header = { uuid, sequence: sequence + 1n, metadata: { ...metadata, tokens: { ...tokens } } };
    await this.#file.write(0, await encodeHeader(this.#header, this.#random));
  }

  /**
   * Brings the device to what is here. First keyslots: a header that does not name them yet is not harmed, and one that is to
   * be replaced has lost only what is to go. Then the second copy, then the first. Each is on the disk before the next, so a
   * kill leaves at least one whole copy, old or new, and keyslots that it opens with.
   */
  async sync(device: Device): Promise<void> {
    const areas = await readAreas(this.#header, this.#file);
    for (const [offset, area] of areas) {
      await device.writeChanges(offset, this.#areas.get(offset) ?? new Uint8Array(), area);
    }
    for (const [offset, before] of this.#areas) {
      if (areas.has(offset)) continue;
      await device.writeChanges(offset, before, await this.#file.read(offset, before.length));
    }
    const copies = await this.#file.read(0, COPIES_SIZE);
    await device.write(HEADER_SIZE, copies.subarray(HEADER_SIZE));
    await device.write(0, copies.subarray(0, HEADER_SIZE));
    this.#areas = areas;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

export interface HeaderCopyOptions {
  readonly whitelist: Whitelist;
  readonly random: (length: number) => Uint8Array;
}

type Areas = ReadonlyMap<number, Uint8Array>;

async function readAreas({ metadata }: Header, from: Device | HeaderFile): Promise<Areas> {
  const areas = new Map<number, Uint8Array>();
  for (const { area } of Object.values(metadata.keyslots)) {
    areas.set(Number(area.offset), await from.read(Number(area.offset), Number(area.size)));
  }
  return areas;
}

async function headerIn(file: HeaderFile, whitelist: Whitelist): Promise<Header> {
  const found = await readHeader(await file.read(0, COPIES_SIZE), whitelist);
  if (found.kind === 'header') return found.header;
  throw new StateDiskError('cryptsetup-failed', 'cryptsetup wrote a header that is not on the whitelist', {
    cause: found.kind === 'refused' ? found.error : undefined,
  });
}
