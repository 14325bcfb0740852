import { AttestedTlsError } from './errors.ts';

export interface ServerSentEvent {
  /** `message` where the server named none. */
  readonly event: string;
  readonly data: string;
  /** Last id the stream has named; '' before the first. */
  readonly id: string;
}

const MAX_EVENT = 1024 * 1024;

/**
 * Reads an event stream (WHATWG HTML §9.2.6) from chunks of bytes.
 * @throws AttestedTlsError `response-too-large` on an event over 1 MiB, `response-invalid` on bytes that are not UTF-8.
 */
export async function* serverSentEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let buffer = '';
  let held = 0;
  let fields: { event: string; data: string[]; id: string } = { event: '', data: [], id: '' };
  for await (const chunk of chunks) {
    buffer += decode(decoder, chunk);
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop() ?? '';
    for (const line of lines) {
      held += line.length;
      if (held > MAX_EVENT) throw tooLarge();
      if (line !== '') {
        readField(line, fields);
        continue;
      }
      if (fields.data.length > 0) {
        yield { event: fields.event || 'message', data: fields.data.join('\n'), id: fields.id };
      }
      fields = { event: '', data: [], id: fields.id };
      held = 0;
    }
    if (held + buffer.length > MAX_EVENT) throw tooLarge();
  }
}

function readField(line: string, fields: { event: string; data: string[]; id: string }): void {
  const colon = line.indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'data') fields.data.push(value);
  else if (name === 'event') fields.event = value;
  else if (name === 'id' && !value.includes('\0')) fields.id = value;
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new AttestedTlsError('response-invalid', 'event stream is not UTF-8', { cause });
  }
}

function tooLarge(): AttestedTlsError {
  return new AttestedTlsError('response-too-large', 'event is over its bound', { want: MAX_EVENT });
}
