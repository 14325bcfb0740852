import { utf8 } from '@asterism/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverSentEvents, type ServerSentEvent } from './sse.ts';

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function read(text: string | Uint8Array, sizes: readonly number[] = []): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  const bytes = typeof text === 'string' ? utf8(text) : text;
  for await (const event of serverSentEvents(cut(bytes, sizes))) events.push(event);
  return events;
}

const STREAM =
  ': hello\n\nid: 7\nevent: state\ndata: {"a":"ü"}\n\ndata:one\r\ndata: two\r\n\r\nretry: 5\nid\ndata: x\n\ndata: cut';
const EVENTS = [
  { event: 'state', data: '{"a":"ü"}', id: '7' },
  { event: 'message', data: 'one\ntwo', id: '7' },
  { event: 'message', data: 'x', id: '' },
];

describe('serverSentEvents', () => {
  it('reads fields, comments, several data lines, and leaves an unfinished event out', async () => {
    expect(await read(STREAM)).toEqual(EVENTS);
  });

  it('gives the same events however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), async (sizes) => {
        expect(await read(STREAM, sizes)).toEqual(EVENTS);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('S09 bounds an event that never ends, in one line or in many', async () => {
    const huge = `data: ${'x'.repeat(1024 * 1024)}`;
    await expect(read(huge)).rejects.toMatchObject({ code: 'response-too-large' });
    await expect(read('data: xxxxxxx\n'.repeat(100_000))).rejects.toMatchObject({
      code: 'response-too-large',
    });
  });

  it('S09 refuses bytes that are not UTF-8', async () => {
    await expect(read(Uint8Array.of(0x64, 0xff, 0x0a))).rejects.toMatchObject({ code: 'response-invalid' });
  });
});
