import { PersistenceError } from '../errors.ts';

/** The plain text of a backup: this line, then frames of kind (1 byte), length (4, big-endian) and payload. */
const MAGIC = Buffer.from('ASTERISM-BACKUP-1\n');
const HEADER = 5;
const LIMIT = 1024 * 1024;

const KINDS = { header: 0x48, data: 0x44, table: 0x54, manifest: 0x4d } as const;
export type FrameKind = keyof typeof KINDS;

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

export const magic = (): Uint8Array => MAGIC;

/** One frame, or several of data. */
export function* encodeFrames(kind: FrameKind, payload: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at === 0 || at < payload.length; at += LIMIT) {
    const part = payload.subarray(at, at + LIMIT);
    const header = Buffer.alloc(HEADER);
    header.writeUInt8(KINDS[kind]);
    header.writeUInt32BE(part.length, 1);
    yield header;
    yield part;
  }
}

export function encodeJson(kind: Exclude<FrameKind, 'data'>, value: unknown): Generator<Uint8Array> {
  return encodeFrames(kind, Buffer.from(JSON.stringify(value)));
}

/** Frames of a stream, holding one at a time. @throws PersistenceError `backup-malformed` */
export class FrameReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held = Buffer.alloc(0);
  #begun = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async next(): Promise<Frame> {
    if (!this.#begun) {
      if (!(await this.#take(MAGIC.length)).equals(MAGIC)) throw malformed('not a backup of Asterism');
      this.#begun = true;
    }
    const header = await this.#take(HEADER);
    const [kind] = Object.entries(KINDS).find(([, byte]) => byte === header[0]) ?? [];
    const length = header.readUInt32BE(1);
    if (kind === undefined || length > LIMIT)
      throw malformed('a frame of the backup is of no kind or too long');
    return { kind: kind as FrameKind, payload: await this.#take(length) };
  }

  /** @throws PersistenceError where it is of another kind */
  async expect(kind: FrameKind): Promise<Buffer> {
    const frame = await this.next();
    if (frame.kind !== kind)
      throw malformed(`the backup has a frame of kind ${frame.kind} in place of ${kind}`);
    return frame.payload;
  }

  /** Also reads the source to its end, where an encrypted one says whether it was cut. */
  async expectEnd(): Promise<void> {
    if (this.#held.length > 0 || (await this.#more()))
      throw malformed('the backup goes on behind its manifest');
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#held.length < length) {
      if (!(await this.#more())) throw malformed('the backup was cut off');
    }
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
      return true;
    }
  }
}

function malformed(message: string): PersistenceError {
  return new PersistenceError('backup-malformed', message);
}
