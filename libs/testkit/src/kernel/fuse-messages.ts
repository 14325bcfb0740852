import { Reader, Writer, type Bytes } from '@asterism/bytes';
import type { SyntheticNode } from './synthetic.ts';

/** Linux `include/uapi/linux/fuse.h`; integers in the machine's order, which is little-endian where TEEs are. */
export const OPCODE = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mkdir: 9,
  rmdir: 11,
  open: 14,
  read: 15,
  write: 16,
  release: 18,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
} as const;

/** Those that the kernel wants no answer to. */
export const UNANSWERED: readonly number[] = [OPCODE.forget, OPCODE.interrupt, OPCODE.batchForget];

const MAX_WRITE = 65_536;
const HEADER_BYTES = 40;
export const MAX_REQUEST = MAX_WRITE + 4096;
const [MAJOR, MINOR] = [7, 31];
/** FOPEN_DIRECT_IO: sizes say nothing, as in sysfs and configfs, and nothing is cached. */
const DIRECT_IO = 1;
const [DIRECTORY_MODE, FILE_MODE] = [0o040_755, 0o100_600];

export interface FuseRequest {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: bigint;
  readonly body: Reader;
}

export function readRequest(message: Uint8Array): FuseRequest {
  const reader = new Reader(message, 'little');
  reader.u32(); // length
  const opcode = reader.u32();
  const [unique, node] = [reader.u64(), reader.u64()];
  reader.bytes(HEADER_BYTES - reader.offset); // uid, gid, pid, extensions
  return { opcode, unique, node, body: reader };
}

export function encodeReply(unique: bigint, error: number, body: Uint8Array): Bytes {
  const writer = new Writer('little').u32(16 + body.length);
  return writer
    .u32(error === 0 ? 0 : 2 ** 32 - error)
    .u64(unique)
    .bytes(body)
    .finish();
}

export function readName(body: Reader): string {
  return Buffer.from(body.rest()).toString('utf8').replace(/\0.*$/s, '');
}

export function initReply(): Bytes {
  return new Writer('little')
    .u32(MAJOR)
    .u32(MINOR)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(MAX_WRITE)
    .u32(1)
    .zeros(36)
    .finish();
}

/** Nothing is remembered by the kernel: no entry, no attribute. */
export function entryReply(id: bigint, node: SyntheticNode): Bytes {
  return new Writer('little').u64(id).zeros(32).bytes(attributes(id, node)).finish();
}

export function attributesReply(id: bigint, node: SyntheticNode): Bytes {
  return new Writer('little').zeros(16).bytes(attributes(id, node)).finish();
}

export function openReply(handle: bigint): Bytes {
  return new Writer('little').u64(handle).u32(DIRECT_IO).u32(0).finish();
}

export function writeReply(length: number): Bytes {
  return new Writer('little').u32(length).u32(0).finish();
}

export function directoryReply(names: readonly string[]): Bytes {
  const writer = new Writer('little');
  for (const [at, name] of names.entries()) {
    const bytes = Buffer.from(name);
    writer
      .u64(1n)
      .u64(BigInt(at + 1))
      .u32(bytes.length)
      .u32(0)
      .bytes(bytes)
      .zeros((8 - (bytes.length % 8)) % 8);
  }
  return writer.finish();
}

function attributes(id: bigint, node: SyntheticNode): Bytes {
  const isDirectory = node.kind === 'directory';
  return new Writer('little')
    .u64(id)
    .u64(isDirectory ? 0n : 4096n)
    .zeros(44) // blocks and times
    .u32(isDirectory ? DIRECTORY_MODE : FILE_MODE)
    .u32(isDirectory ? 2 : 1)
    .zeros(20) // owner, device, block size, flags
    .finish();
}
