import type { FastifyReply } from 'fastify';
import { once } from 'node:events';

export interface StreamEvent {
  /** What `Last-Event-ID` goes on after. */
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** For the metric of open streams. */
  readonly kind: string;
  /** Reads until `signal` aborts: the caller went away, or the process stops. */
  readonly read: (signal: AbortSignal) => AsyncIterable<StreamEvent>;
}

/** What a handler of a `text/event-stream` operation returns. */
export class EventStream {
  readonly kind: string;
  readonly read: EventStreamOptions['read'];

  constructor(options: EventStreamOptions) {
    this.kind = options.kind;
    this.read = options.read;
  }
}

const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is gone. */
const STALLED_MS = 30_000;

/**
 * Writes server-sent events until the reader leaves, stops reading, or `stopping` aborts. Works on HTTP/1.1 and HTTP/2.
 * Nothing is buffered beyond the socket: the source is asked for more only when it has drained.
 */
export async function writeEventStream(
  reply: FastifyReply,
  stream: EventStream,
  stopping: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  const response = reply.raw;
  reply.hijack();
  response.once('close', () => left.abort());
  response.on('error', () => left.abort());
  const signal = AbortSignal.any([left.signal, stopping]);
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(': open\n\n');
  const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for await (const event of stream.read(signal)) {
      if (signal.aborted) break;
      if (!response.write(toText(event))) {
        await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(STALLED_MS)]) });
      }
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  } finally {
    clearInterval(heartbeat);
    if (!left.signal.aborted) response.end();
  }
}

/** JSON has no raw line break, so one `data` line is enough. */
function toText({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
