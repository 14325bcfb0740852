import { concat, Reader, Writer, type Bytes } from '@asterism/bytes';
import type { TpmTransport } from '@asterism/tpm';
import { createHash } from 'node:crypto';

/** TPM_CC, Part 2 §6.5.2, and Amazon's vendor command. */
const COMMAND = {
  undefineSpace: 0x122,
  defineSpace: 0x12a,
  write: 0x137,
  read: 0x14e,
  readPublic: 0x169,
  getCapability: 0x17a,
  nsmRequest: 0x2000_0001,
} as const;
/** Handles of those about one index, which is the last of them. */
const HANDLES = new Map<number, number>([
  [COMMAND.undefineSpace, 2],
  [COMMAND.defineSpace, 1],
  [COMMAND.write, 2],
  [COMMAND.read, 2],
  [COMMAND.readPublic, 1],
  [COMMAND.nsmRequest, 2],
]);
const [NO_SESSIONS, SESSIONS] = [0x8001, 0x8002];
const CAP_HANDLES = 1;
const NV_HANDLES = 0x01;
const HEADER_BYTES = 10;
/** MAX_NV_INDEX_SIZE of libtpms: larger indices are kept here. */
const SOFTWARE_TPM_MAX = 2048;

/** What the Nitro Security Module says to a request, both in CBOR. */
export type NsmAnswer = (request: Bytes) => Bytes | Promise<Bytes>;

interface Index {
  readonly area: Bytes;
  readonly contents: Bytes;
}

/**
 * A software TPM with the NV memory of a cloud's: Azure's HCL report has 2600 bytes and NitroTPM's message buffer 8192,
 * and libtpms ends at 2048. Indices over that are answered here, by the commands' own bytes; everything else is the
 * TPM's. With an answer of the NSM it takes NitroTPM's vendor command as well.
 */
export class LargeNv implements TpmTransport {
  readonly #tpm: TpmTransport;
  readonly #nsm: NsmAnswer | null;
  readonly #indices = new Map<number, Index>();

  constructor(tpm: TpmTransport, nsm: NsmAnswer | null = null) {
    this.#tpm = tpm;
    this.#nsm = nsm;
  }

  close(): Promise<void> {
    return this.#tpm.close();
  }

  async transceive(command: Uint8Array): Promise<Uint8Array> {
    const reader = new Reader(command, 'big');
    const tag = reader.u16();
    reader.u32(); // length
    const code = reader.u32();
    if (code === COMMAND.getCapability) return this.#handles(command, reader);
    const handles = HANDLES.get(code);
    if (handles === undefined) return this.#tpm.transceive(command);
    const last = Array.from({ length: handles }, () => reader.u32()).at(-1) ?? 0;
    if (tag === SESSIONS) reader.sized32(command.length);
    const index = this.#indices.get(last);
    if (code === COMMAND.defineSpace) return this.#define(reader) ?? this.#tpm.transceive(command);
    if (index === undefined) return this.#tpm.transceive(command);
    switch (code) {
      case COMMAND.readPublic: {
        const name = concat(Uint8Array.of(0, 0x0b), createHash('sha256').update(index.area).digest());
        return response(NO_SESSIONS, new Writer('big').sized16(index.area).sized16(name).finish());
      }
      case COMMAND.read: {
        const [length, offset] = [reader.u16(), reader.u16()];
        return response(
          SESSIONS,
          new Writer('big').sized16(index.contents.slice(offset, offset + length)).finish(),
        );
      }
      case COMMAND.write: {
        const data = reader.sized16();
        index.contents.set(data, reader.u16());
        return response(SESSIONS);
      }
      case COMMAND.undefineSpace:
        this.#indices.delete(last);
        return response(SESSIONS);
      case COMMAND.nsmRequest: {
        if (this.#nsm === null) break;
        index.contents.set(await this.#nsm(index.contents.slice()));
        return response(SESSIONS);
      }
    }
    return this.#tpm.transceive(command);
  }

  /** Null where the TPM has room itself. */
  #define(reader: Reader): Bytes | null {
    reader.sized16(); // auth value
    const area = reader.sized16();
    const fields = new Reader(area, 'big');
    const index = fields.u32();
    fields.bytes(6); // name algorithm and attributes
    fields.sized16(); // policy
    const size = fields.u16();
    if (size <= SOFTWARE_TPM_MAX) return null;
    // Flash is erased to ones.
    this.#indices.set(index, { area, contents: new Uint8Array(size).fill(0xff) });
    return response(SESSIONS);
  }

  async #handles(command: Uint8Array, parameters: Reader): Promise<Uint8Array> {
    const answer = await this.#tpm.transceive(command);
    const [capability, first] = [parameters.u32(), parameters.u32()];
    if (capability !== CAP_HANDLES || first >>> 24 !== NV_HANDLES) return answer;
    const reader = new Reader(answer, 'big');
    reader.bytes(HEADER_BYTES + 5); // more data, capability
    const theirs = Array.from({ length: reader.u32() }, () => reader.u32());
    const all = [...theirs, ...[...this.#indices.keys()].filter((index) => index >= first)].sort(
      (a, b) => a - b,
    );
    const writer = new Writer('big').u8(0).u32(CAP_HANDLES).u32(all.length);
    for (const handle of all) writer.u32(handle);
    return response(NO_SESSIONS, writer.finish());
  }
}

function response(tag: number, parameters: Bytes = new Uint8Array()): Bytes {
  // Of a password session: no nonce, no HMAC (Part 1 §19.4).
  const body =
    tag === SESSIONS ? new Writer('big').sized32(parameters).u16(0).u8(1).u16(0).finish() : parameters;
  return new Writer('big')
    .u16(tag)
    .u32(HEADER_BYTES + body.length)
    .u32(0)
    .bytes(body)
    .finish();
}
