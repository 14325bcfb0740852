import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../platform/logger.ts';

export interface ByteStreamOptions {
  readonly source: ReadableStream<Uint8Array>;
  /** Called once, whether it was read to its end or not. */
  readonly end: () => void;
}

/** What a handler of an `application/octet-stream` operation returns. */
export class ByteStream {
  readonly source: ReadableStream<Uint8Array>;
  readonly end: () => void;

  constructor({ source, end }: ByteStreamOptions) {
    this.source = source;
    this.end = end;
  }
}

/** A reader that takes nothing for so long is gone; a backup holds a connection to the database. */
const STALLED_MS = 30_000;

/** Writes as fast as it is read. A source that fails cuts the connection: the reader must not take it for whole. */
export async function writeByteStream(
  reply: FastifyReply,
  stream: ByteStream,
  logger: Logger,
): Promise<void> {
  const response = reply.raw;
  reply.hijack();
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'application/octet-stream',
    'cache-control': 'no-store',
  });
  response.setTimeout(STALLED_MS, () => response.destroy());
  try {
    await pipeline(Readable.fromWeb(stream.source as Parameters<typeof Readable.fromWeb>[0]), response);
  } catch (cause) {
    logger.warn({ err: cause }, 'a stream of bytes ended before its end');
    response.destroy();
  } finally {
    stream.end();
  }
}
