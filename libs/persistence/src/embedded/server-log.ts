import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const KEPT = 40;

/** The last lines a server wrote, for the error that says why it did not start. */
export class ServerLog {
  readonly #lines: string[] = [];
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  follow(...streams: readonly (Readable | null)[]): void {
    for (const stream of streams) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT) this.#lines.shift();
        this.#onLine(line);
      });
    }
  }

  /** The lines that say what went wrong, else the last few. */
  summary(): string {
    const telling = this.#lines.filter((line) => /FATAL|PANIC|ERROR|error:|cannot|denied/.test(line));
    return (telling.length > 0 ? telling : this.#lines).slice(-3).join('; ');
  }
}
