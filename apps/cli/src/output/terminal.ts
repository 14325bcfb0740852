export interface TerminalOptions {
  readonly json: boolean;
  readonly noColour: boolean;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof CODES;

/** Results go to standard output, everything else to standard error; with `--json` results are JSON lines. */
export class Terminal {
  readonly json: boolean;
  readonly interactive: boolean;
  readonly columns: number;
  readonly #options: TerminalOptions;

  constructor(options: TerminalOptions) {
    this.json = options.json;
    this.interactive = options.err.isTTY === true && !options.json;
    this.columns = options.err.columns ?? 80;
    this.#options = options;
  }

  /** A result for people; nothing with `--json`. */
  say(text: string): void {
    if (!this.json) this.#options.out.write(`${text}\n`);
  }

  /** A result for programs: one JSON document a line. */
  document(value: unknown): void {
    this.#options.out.write(`${JSON.stringify(value)}\n`);
  }

  /** A result for both. */
  result(value: unknown, text: () => string): void {
    if (this.json) this.document(value);
    else this.say(text());
  }

  /** A remark, never part of the result. */
  note(text: string): void {
    this.#options.err.write(`${text}\n`);
  }

  /** Bytes as they are, for a progress display. */
  raw(text: string): void {
    this.#options.err.write(text);
  }

  style(style: Style, text: string): string {
    const stream = this.#options.out;
    if (this.#options.noColour || stream.isTTY !== true) return text;
    return `\u001b[${CODES[style]}m${text}\u001b[0m`;
  }
}

/** Text that came from elsewhere, made safe to print: characters that drive a terminal become `\u00XX`. */
export function toPrintable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
