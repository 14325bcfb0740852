import {
  directory,
  KernelError,
  textFile,
  type Errno,
  type SyntheticDirectory,
  type SyntheticFile,
} from './synthetic.ts';

export interface TsmRequestState {
  readonly entry: string;
  readonly inblob: Uint8Array;
  readonly privlevel: number;
}

export interface TsmBlobs {
  readonly outblob: Uint8Array;
  readonly auxblob?: Uint8Array;
}

/** A TEE's driver, as it registers with the kernel. */
export interface TsmProvider {
  readonly name: string;
  /** Least privilege level that can be asked for; null for a TEE without levels, whose entries have no such attribute. */
  readonly privlevelFloor: number | null;
  readonly hasAuxblob: boolean;
  /** May throw KernelError. */
  readonly report: (request: TsmRequestState) => TsmBlobs | Promise<TsmBlobs>;
}

const INBLOB_MAX = 64;
const PRIVLEVEL_MAX = 3;

/**
 * Linux's configfs-tsm as `drivers/virt/coco/guest/report.c` does it: counted writes, a report that is made at the first
 * read after one, and kept until the next.
 */
export class TsmReports {
  /** To be mounted as `/sys/kernel/config`. */
  readonly configfs: SyntheticDirectory;
  provider: TsmProvider | null;
  /** What inblob's next writes fail with, which the writer does not hear of. */
  refuseWrites: Errno | null = null;
  readonly #reports: SyntheticDirectory;

  constructor(provider: TsmProvider | null) {
    this.provider = provider;
    this.#reports = {
      kind: 'directory',
      entries: new Map(),
      create: (name) => new TsmEntry(name, this).directory,
      remove: () => undefined,
    };
    this.configfs = directory({ tsm: directory({ report: this.#reports }) });
  }

  /** Names of the entries that there are. */
  get entries(): readonly string[] {
    return [...this.#reports.entries.keys()];
  }

  require(): TsmProvider {
    if (this.provider === null) throw new KernelError('ENXIO');
    return this.provider;
  }
}

class TsmEntry {
  readonly directory: SyntheticDirectory;
  readonly #name: string;
  readonly #reports: TsmReports;
  #inblob: Uint8Array = new Uint8Array();
  #privlevel = 0;
  #writes = 0;
  /** What the last read made, and of which count of writes. */
  #made: { readonly of: number; readonly blobs: TsmBlobs } | null = null;

  constructor(name: string, reports: TsmReports) {
    const { privlevelFloor, hasAuxblob } = reports.require();
    this.#name = name;
    this.#reports = reports;
    this.directory = directory({
      provider: textFile(() => reports.require().name),
      generation: textFile(() => `${this.#writes}`),
      inblob: this.#inblobFile(),
      outblob: this.#blobFile(({ outblob }) => outblob),
      ...(hasAuxblob ? { auxblob: this.#blobFile(({ auxblob }) => auxblob) } : {}),
      ...(privlevelFloor === null
        ? {}
        : {
            privlevel: this.#privlevelFile(privlevelFloor),
            privlevel_floor: textFile(() => `${privlevelFloor}`),
          }),
    });
  }

  #inblobFile(): SyntheticFile {
    const write = (bytes: Uint8Array) => {
      if (this.#reports.refuseWrites !== null) throw new KernelError(this.#reports.refuseWrites);
      this.#writes += 1;
      this.#inblob = bytes;
    };
    return { kind: 'file', takes: 'at-close', limit: INBLOB_MAX, write };
  }

  #privlevelFile(floor: number): SyntheticFile {
    const write = (bytes: Uint8Array) => {
      const level = Number(Buffer.from(bytes).toString());
      if (!Number.isInteger(level) || level < floor || level > PRIVLEVEL_MAX) throw new KernelError('EINVAL');
      this.#writes += 1;
      this.#privlevel = level;
    };
    return { kind: 'file', takes: 'at-once', limit: 4096, write };
  }

  #blobFile(choose: (blobs: TsmBlobs) => Uint8Array | undefined): SyntheticFile {
    return {
      kind: 'file',
      takes: 'at-once',
      limit: 0,
      read: async () => choose(await this.#report()) ?? new Uint8Array(),
    };
  }

  async #report(): Promise<TsmBlobs> {
    if (this.#inblob.length === 0) throw new KernelError('EINVAL');
    if (this.#made?.of === this.#writes) return this.#made.blobs;
    const of = this.#writes;
    const request = { entry: this.#name, inblob: this.#inblob, privlevel: this.#privlevel };
    const blobs = await this.#reports.require().report(request);
    this.#made = { of, blobs };
    return blobs;
  }
}
