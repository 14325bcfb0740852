import { createInterface } from 'node:readline';

/** One message is a line. A request has `call`; its answer has the same `id`. */
interface GuestRequest {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}

export type GuestAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string | null; readonly message: string } };

export type GuestHandlers = Readonly<Record<string, (argument: never) => unknown>>;

/** Bytes travel as text, because JSON has none. */
export function toWire(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name: string, member: unknown) {
    // As it was before a Buffer's own `toJSON` made something else of it.
    const given = this[name];
    return given instanceof Uint8Array ? { $bytes: Buffer.from(given).toString('base64') } : member;
  });
}

export function fromWire(text: string): unknown {
  return JSON.parse(text, (_, member: unknown) => {
    const bytes = typeof member === 'object' && member !== null && '$bytes' in member ? member.$bytes : null;
    return typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : member;
  });
}

/** Inside a guest: answers what the test asks, one request after the other, until its standard input ends. */
export async function serveGuest(handlers: GuestHandlers): Promise<void> {
  const answer = (message: GuestAnswer): void => void process.stdout.write(`${toWire(message)}\n`);
  process.stdout.write('{"ready":true}\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, call, argument } = fromWire(line) as GuestRequest;
    try {
      const handler = handlers[call];
      if (handler === undefined) throw new Error(`the guest's program knows no ${call}`);
      answer({ id, value: (await handler(argument as never)) ?? null });
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      answer({ id, error: { code: typeof code === 'string' ? code : null, message: String(message) } });
    }
  }
}
