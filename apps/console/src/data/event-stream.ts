import { followEvents } from '@asterism/api-client';
import type { PlatformEvent } from '@asterism/contracts';
import { client } from './client.ts';
import { toProblemAnswer } from './problem.ts';

/** The API says every 15 s that the stream is alive; longer silence is a dead connection. */
const SILENCE_MS = 40_000;

/**
 * One attempt at the platform's events through the SDK, without its own retries: it neither resets its back-off nor says
 * when a stream opened.
 * @throws ProblemAnswer, or the error that broke the stream
 */
export async function* openEvents(
  after: string | null,
  opened: () => void,
  signal: AbortSignal,
): AsyncGenerator<PlatformEvent> {
  const silence = new AbortController();
  let failure: unknown = null;
  const { stream } = await followEvents({
    client,
    ...(after === null ? {} : { headers: { 'Last-Event-ID': after } }),
    signal: AbortSignal.any([signal, silence.signal]),
    sseMaxRetryAttempts: 1,
    onSseError: (error) => {
      failure ??= error;
    },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!response.ok) failure = toProblemAnswer(await response.json().catch(() => null), response);
      else opened();
      return response.body === null ? response : new Response(watched(response.body, silence), response);
    },
  });
  yield* stream as AsyncGenerator<PlatformEvent>;
  if (failure !== null) throw failure;
}

function watched(body: ReadableStream<Uint8Array<ArrayBuffer>>, silence: AbortController) {
  const restart = () => setTimeout(() => silence.abort(), SILENCE_MS);
  let timer = restart();
  return body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        clearTimeout(timer);
        timer = restart();
        controller.enqueue(chunk);
      },
      flush: () => clearTimeout(timer),
    }),
  );
}
