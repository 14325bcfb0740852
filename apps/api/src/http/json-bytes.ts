import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';

/** A reader that takes nothing for so long is gone: what it was to get is held for it. */
const STALLED_MS = 30_000;

/**
 * A JSON answer in pieces that are written already. Answers that differ little share the bytes that they have in common, so
 * that a thousand of them at once take the memory of one.
 */
export class JsonBytes {
  readonly pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
  }
}

/** As fast as it is read; nothing is copied until then. */
export function toJsonReply(reply: FastifyReply, { pieces }: JsonBytes): Readable {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  reply.headers({ 'content-type': 'application/json; charset=utf-8', 'content-length': String(length) });
  reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
  return Readable.from(pieces, { objectMode: false });
}
